# The one list of commands; CI runs the same.  Each target sets up what it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
NPM := $(BIN)/python dashboards/scripts/npm.py
CONSOLE_SOURCES := $(shell find dashboards/src dashboards/public dashboards/scripts -type f \
	-not -name '*.pmtiles' -not -name '*.stamp' -not -path '*/__pycache__/*' 2>/dev/null) \
	$(wildcard dashboards/*.html dashboards/*.ts dashboards/*.json)
SAY := @printf '%s\n'
# Each has a PostgreSQL and a broker of its own, and they wait a lot; 0 is one process, in which a
# debugger works.
TEST_PROCESSES ?= 3

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo test check audit format bench golden types lock clean
.DELETE_ON_ERROR:

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(VENV)/.python dashboards/dist/.built  ## the environment and the console bundle; seconds when nothing changed

$(VENV)/.python: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Milepost needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(SAY) "Installing the pinned packages into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

dashboards/node_modules/.installed: dashboards/package-lock.json | $(VENV)/.python
	$(SAY) "Installing the console's packages ..."
	@$(NPM) ci --no-fund --no-audit --loglevel=error
	@touch $@

dashboards/dist/.built: dashboards/node_modules/.installed $(CONSOLE_SOURCES)
	$(SAY) "Building the console ..."
	@$(NPM) run --silent build
	@touch $@

demo: setup  ## run the product with a simulated fleet and print the map's address
	@$(BIN)/milepost demo

test: setup  ## all tests, end-to-end tests on the embedded stack included
	$(NPM) run --silent test
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --no-loadscope-reorder $(PYTEST_ARGS)

check: setup  ## format, lint, types, layers, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check
	$(NPM) run --silent check

audit: setup  ## known holes of the pinned packages, as far as their databases can be asked
	$(BIN)/python -m docs.audit

format: setup  ## format and apply the safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup  ## performance, as ratios to a baseline of the same run
	$(BIN)/python -m bench

golden: setup  ## rewrite the golden decodes; review the diff
	$(BIN)/python -m pytest tests/gateway/test_golden.py tests/tracker_api/test_frames.py --golden-write

types: setup  ## regenerate the pages made from the code, docs/openapi.json and the console's types
	$(BIN)/python -m docs.generate
	$(NPM) run --silent types

lock: $(VENV)/.python  ## resolve the pinned versions anew (names no registry host)
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --upgrade --output-file requirements.lock

clean:  ## remove what the other targets made; the demonstration's data in .milepost stay
	rm -rf $(VENV) dashboards/node_modules dashboards/dist .mypy_cache .ruff_cache .pytest_cache
