# Two commands do all set-up: `make demo` and `make test`. Needs Python 3.11-3.13 with venv, and make; nothing else.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)
SYNC := $(UV) sync --frozen --inexact
INDEX ?= local
FEEDS ?=
export UV_PROJECT_ENVIRONMENT := $(VENV)

.PHONY: help demo run test lint types check score bench env fresh clean setup setup-dev compose-check

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: setup ## the whole flow on sample wires: poll, tag, index, alert mails as files (FEEDS=FOLDER: on your own feed files; INDEX=elasticsearch)
	@$(BIN)/python -m demo --index "$(INDEX)" $(if $(FEEDS),--feeds "$(FEEDS)")

run: setup ## poll the real feeds of config/feeds.yaml for ever, on this machine (Ctrl-C stops)
	@exec $(BIN)/python -m demo.run

test: setup-dev ## the whole test suite, in a process more than there are cores (four at most): many tests wait
	@n=$$(getconf _NPROCESSORS_ONLN); $(BIN)/python -m pytest -n $$((n > 3 ? 4 : n + 1))

lint: setup-dev ## style and house rules
	@$(BIN)/ruff check .

types: setup-dev ## mypy --strict on the package
	@$(BIN)/mypy

check: setup ## validate all configuration, shipped and local
	@$(BIN)/wirefeed check

score: setup-dev ## tagging measured on the gold sets, beside two baselines
	@$(BIN)/python tests/score.py

bench: setup-dev ## all benchmarks at their small size
	@for b in bench/[a-z]*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

env: ## .env with strong secrets for docker-compose.yml (never overwrites one)
	@$(PYTHON) demo/env.py

compose-check: setup-dev ## what a container engine would read, checked without one
	@$(BIN)/python -m pytest tests/compose

fresh: ## prove the two commands in a bare Debian (debootstrap, root)
	@sh .ci/fresh

clean: ## remove what was built and the demo's data; never var/wirefeed, .env or config/local
	rm -rf $(VENV) var/demo dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/artifacts
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# --- set-up ----------------------------------------------------------------------------------------------------------
setup: $(VENV)/.ready
setup-dev: $(VENV)/.ready-dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Wirefeed needs Python 3.11, 3.12 or 3.13; this is %d.%d (set PYTHON=python3.12)" % v)'
	@echo "Setting up in $(VENV): about 330 MB to download, 1 GB on disk, once."
	@$(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null 2>&1 || { echo "Installing uv into $(VENV) ..."; $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; }

$(VENV)/.ready: $(BIN)/python pyproject.toml uv.lock
	@echo "Installing the locked packages ..."
	@$(SYNC) --no-dev
	@touch $@

$(VENV)/.ready-dev: $(BIN)/python pyproject.toml uv.lock
	@echo "Installing the locked packages and the test tools ..."
	@$(SYNC) --all-extras
	@touch $@ $(VENV)/.ready
