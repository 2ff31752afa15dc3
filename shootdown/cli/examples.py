"""Examples that `--help` shows below each command."""

import typer

EXAMPLES: dict[str, tuple[str, ...]] = {
    "new": ("new keep-going --test", "new stop-early --from type1-v1-stop -o proposals"),
    "list": ("list",),
    "check": (
        "check type1-v1 success-means-coherent",
        "check keep-going.py --expect",
        "check count no-reuse-while-stale --policy withhold-completion",
        "check type1-v1 failure-is-told --topology two-units --format mail",
        "check best-effort failure-is-told --certificate proofs",
    ),
    "replay": ("replay trace.itf.json", "replay trace.itf.json --design keep-going.py"),
    "recheck": ("recheck proofs/*",),
    "show": (
        "show type1-v1",
        "show best-effort --contract ideal --graph call,ret",
        "show type1-v1 --graph call,ret --devices 2 --groups 2",
    ),
    "abi": ("abi data-zero-tail", "abi ours.py old-binary-works --time 60"),
    "range": ("range", "range B02", "range B02/fixed --certificate proofs"),
    "compare": (
        "compare type1-v1 keep-going.py --contract ideal --json > v2.json",
        "compare keep-going.py --contract ideal --changed v2.json",
    ),
    "explore": ("explore", "explore failure-is-told --axis walk=stop"),
    "sufficient": ("sufficient best-effort --contract ideal", "sufficient count --fields errno,count"),
    "recover": ("recover device-status", "recover keep-going.py --after EINVAL", "recover --json > recover.json"),
    "report": (
        "report keep-going.py -o review.html",
        "report type1-v1 --contract ideal --recover recover.json",
    ),
    "review": ("review", "review -o answers --jobs 2", "review keep-going.py -o answers"),
}
"""Per command what can be typed behind `shootdown`, the simplest first."""


def show_examples(app: typer.Typer) -> None:
    """Let every command of the application show its examples at the end of its help."""
    for command in app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        lines = [f"  shootdown {example}" for example in EXAMPLES.get(name, ())]
        command.epilog = "\b\n" + "\n".join(["Examples:", *lines]) if lines else None
