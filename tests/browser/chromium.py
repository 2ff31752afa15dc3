"""A headless chromium, driven over the pipe of its DevTools protocol: no driver, no server, nothing from a registry."""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
)  # fmt: skip
_PATIENCE = 60.0
"""Seconds to wait for an answer of the browser."""

_HIGH = 10
"""Descriptors from here on are in nobody's way."""

_TROUBLE = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}


class BrowserError(Exception):
    """The browser is not there, does not answer, or rejects what it was asked."""


class Page:
    """A browser with one page. `trouble` is all that was thrown or logged; `requests` are the addresses asked for."""

    def __init__(self, width: int = 1400, height: int = 900) -> None:
        name = next((n for n in BROWSERS if shutil.which(n)), None)
        if name is None:
            raise BrowserError(f"none of {', '.join(BROWSERS)} is installed; on Debian: apt-get install chromium")
        self.trouble: list[str] = []
        self.requests: list[str] = []
        self._events: list[Mapping[str, Any]] = []
        self._number = 0
        self._rest = b""
        self._session = ""
        self._folder = tempfile.TemporaryDirectory(prefix="page-test-")
        options = [*_OPTIONS, f"--user-data-dir={self._folder.name}", f"--window-size={width},{height}"]
        self._process, self._write, self._read = _started([name, *options, "about:blank"])
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def _attach(self) -> None:
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the browser."""
        os.close(self._write)
        os.close(self._read)
        _end(self._process)
        self._folder.cleanup()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One command, and its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error'].get('message')}")
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            data = os.read(self._read, 1 << 20) if ready else b""
            if not data:
                raise BrowserError("the browser has ended" if ready else "the browser does not answer")
            self._rest += data
        text, self._rest = self._rest.split(b"\0", 1)
        found: dict[str, Any] = json.loads(text)
        return found

    def _note(self, event: Mapping[str, Any]) -> None:
        self._events.append(event)
        method, params = event.get("method"), event.get("params", {})
        if method in _TROUBLE:
            self.trouble.append(f"{method}: {json.dumps(params)[:500]}")
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def open(self, path: Path) -> None:
        """Load a file and wait until it is there."""
        self._events.clear()
        self.send("Page.navigate", url=path.resolve().as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self._events):
            self._note(self._next())

    def run(self, script: str) -> Any:
        """What an expression of JavaScript comes to."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise BrowserError(f"{script[:80]}: {json.dumps(found['exceptionDetails'])[:500]}")
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def shape(self, width: int, height: int, *, dark: bool = False) -> None:
        """The size of the window, and the colours that the system prefers."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.send("Emulation.setEmulatedMedia", media="", features=scheme)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """What is seen, as a PNG."""
        found = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))


def _started(command: list[str]) -> tuple[int, int, int]:
    """A process that reads its commands from descriptor 3 and answers on 4: its number, and our ends of the pipes."""
    to_browser, write = os.pipe()
    read, from_browser = os.pipe()
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _HIGH) for fd in (to_browser, from_browser)]
    silent = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    moved = [(os.POSIX_SPAWN_DUP2, fd, place) for fd, place in zip(high, (3, 4), strict=True)]
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=[*silent, *moved])
    for fd in (to_browser, from_browser, *high):
        os.close(fd)
    return process, write, read


def _end(process: int) -> None:
    """Ask a process to end, and make it end if it does not."""
    os.kill(process, signal.SIGTERM)
    for _ in range(100):
        if os.waitpid(process, os.WNOHANG)[0]:
            return
        time.sleep(0.1)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


__all__ = ["BrowserError", "Page"]
