# One command per task; each builds .venv first if it has to.
#   make review   every check for which a design states an expectation
#   make corpus   the kept traces anew
#   make test     the whole test suite, linters and type checker included
#   make test-browser  the page in a headless chromium, which has to be installed; PAGE=file tests that page

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help setup review corpus test test-long test-browser lint benchmark lock clean

help:
	@echo "make setup | review | corpus | test | test-long | test-browser | lint | benchmark | lock | clean    (PYTHON=$(PYTHON))"

setup: $(READY)
	@echo "ready: $(BIN)/shootdown"

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "shootdown needs Python 3.11 or newer; choose one with: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	    echo "$(PYTHON) cannot make virtual environments; on Debian install the package python3-venv" >&2; exit 1; }
	@echo "setting up .venv from requirements.lock"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

review: $(READY)
	@$(BIN)/shootdown review

# The kept traces anew. In a commit of its own, which changes no model, property or engine.
corpus: $(READY)
	@rm -rf build/corpus
	@$(BIN)/shootdown review --refuted -o build/corpus
	@rm -f counterexamples/corpus/*.json counterexamples/corpus/*.txt
	@cp build/corpus/traces/* counterexamples/corpus/

test: $(READY)
	$(BIN)/python -m pytest -n 2

test-long: $(READY)
	$(BIN)/python -m pytest -n 2 -m long --timeout 3600

# Not part of `make test`: it needs chromium. PAGE=build/review/review.html tests that page and not one of its own.
test-browser: $(READY)
	SHOOTDOWN_PAGE="$(PAGE)" $(BIN)/python -m pytest -n 0 -m browser tests/browser

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/mypy

benchmark: $(READY)
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/sizes.py

# Keeps the versions that still fit; UPGRADE=--upgrade takes the newest. pip-compile is needed for nothing else,
# so it lives in a virtual environment of its own.
WANTED := import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
    print(*p["build-system"]["requires"], *p["project"]["dependencies"], *p["dependency-groups"]["dev"], sep="\n")

lock:
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip install -qq --disable-pip-version-check pip-tools
	@$(PYTHON) -c '$(WANTED)' > .venv-lock/pyproject.toml.in
	@sed -n '/^[^#]/q; p' requirements.lock > .venv-lock/head
	@cp requirements.lock .venv-lock/body
	@.venv-lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-options \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	    --output-file .venv-lock/body .venv-lock/pyproject.toml.in $(UPGRADE)
	@sed 's#-r .*pyproject.toml.in#pyproject.toml#' .venv-lock/body | cat .venv-lock/head - > requirements.lock

clean:
	rm -rf .venv .venv-lock build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
