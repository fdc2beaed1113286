# Every job that CI runs is a recipe here, so that each can be run by hand. `make` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.NOTPARALLEL:

PYTHON ?= $(shell command -v python3.11 || command -v python3 || command -v python)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
WORKERS ?= 2
ROOM ?=
DEMO ?= demo

# A requirement that a lock lacks, or a file that is not the one locked, is an error.
# Bytecode of what is never imported is not worth a quarter of the time.
INSTALL = $(BIN)/python -m pip install --quiet --no-compile --require-hashes --requirement
# Each worker takes neighbouring tests, so that what a file of tests makes is made once.
TOGETHER = -n $(WORKERS) --dist worksteal
# Where tests run side by side, small matrices whose threads wait for one another take ten times as
# long. Plugins of pytest import NumPy before any conftest, so that it has to be said here.
PYTEST = OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest

.PHONY: help demo test test-fast test-slow test-land test-clouds test-nojit fuzz bench accuracy viewer lint style imports types format notebooks lock compiled clean

help:  ## List the recipes
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##### What a person runs

demo: $(STAMPS)/compiled $(STAMPS)/viewer-built  ## Simulate a pair, align it, print truth beside estimate (DEMO=folder)
	$(BIN)/icepair demo "$(DEMO)" --overwrite

test: $(STAMPS)/test $(STAMPS)/icepair $(STAMPS)/viewer-built  ## All tests except the slow ones, two at a time (ROOM=geo for one room)
	$(PYTEST) "tests/$(ROOM)" -m "not slow" $(TOGETHER) -q

test-fast: $(STAMPS)/test $(STAMPS)/icepair $(STAMPS)/viewer-built  ## Stop at the first failure; what failed last comes first (ROOM=geo)
	$(PYTEST) "tests/$(ROOM)" -m "not slow" -x --failed-first -q

test-slow: $(STAMPS)/test $(STAMPS)/icepair $(STAMPS)/viewer-built  ## The tests that take minutes
	$(PYTEST) "tests/$(ROOM)" -m slow -q

test-land: $(STAMPS)/test $(STAMPS)/land $(STAMPS)/icepair  ## The tests of land with the real coastline, which takes 100 MB
	$(PYTEST) tests/land -q

test-clouds: $(STAMPS)/test $(STAMPS)/clouds $(STAMPS)/icepair  ## The tests of cloud with s2cloudless, which takes 190 MB
	$(PYTEST) tests/pair/test_pair_clouds.py -q

test-nojit: $(STAMPS)/test $(STAMPS)/icepair  ## With the kernels as plain Python, for their coverage
	NUMBA_DISABLE_JIT=1 $(PYTEST) "tests/$(ROOM)" -m "not slow" $(TOGETHER) -q \
		--cov=icepair --cov-branch --cov-report=term-missing:skip-covered

fuzz: $(STAMPS)/icepair  ## Damage replies of servers 100,000 times, ten minutes at most
	$(BIN)/python tools/fuzz_dap.py --cases 100000 --seconds 600

bench: $(STAMPS)/test $(STAMPS)/bench $(STAMPS)/icepair $(STAMPS)/viewer-built  ## Read, align and mask, beside other programs; some nine minutes, 1 GB of disk
	$(BIN)/python benchmarks/streaming.py
	$(BIN)/python benchmarks/aligning.py
	$(BIN)/python benchmarks/speckle.py
	$(BIN)/python benchmarks/viewer.py --full
	$(BIN)/python benchmarks/floes.py
	$(BIN)/python benchmarks/masks.py

accuracy: $(STAMPS)/icepair  ## Concentrations of 600 pairs against the truth, 85 minutes; goes on where it stopped
	$(BIN)/python benchmarks/ice.py --published --workers $(WORKERS)

viewer: $(STAMPS)/viewer-built  ## Build the page that `icepair view` opens, from web/

##### What keeps the house in order

lint: style imports types  ## Style, import contracts and types

style: $(STAMPS)/lint  ## ruff: rules and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

imports: $(STAMPS)/lint $(STAMPS)/icepair  ## The order of the rooms (docs/concepts/house.md)
	$(BIN)/lint-imports

types: $(STAMPS)/lint $(STAMPS)/icepair  ## mypy, strict
	$(BIN)/mypy

format: $(STAMPS)/lint  ## Put the layout right and repair what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

notebooks: $(STAMPS)/notebooks $(STAMPS)/icepair  ## Execute the tutorials from top to bottom
	$(BIN)/python tools/run_notebooks.py docs/tutorials

##### Setting up

compiled: $(STAMPS)/compiled  ## Compile the kernels, half a minute, so that nothing else waits for it

# A lock knows its packages by version and hash and never by address, so any mirror serves.
# Everything is resolved once and each lock is cut from that, so that all fit into one environment.
UV ?= $(BIN)/uv
RESOLVE = $(UV) --no-config pip compile --quiet --upgrade --universal --python-version 3.11 \
	--fork-strategy fewest --no-annotate --custom-compile-command "make lock"
CUT = $(RESOLVE) --generate-hashes --constraints $(WHOLE)
WHOLE := $(VENV)/whole.txt

lock: $(STAMPS)/lock  ## Resolve the newest versions into requirements/
	$(RESOLVE) pyproject.toml --all-extras --group build --group lock --group viewer --output-file $(WHOLE)
	$(CUT) pyproject.toml --group build --output-file requirements/runtime.txt
	for extra in test lint notebooks bench land clouds; do \
		$(CUT) pyproject.toml --group build --extra $$extra --output-file requirements/$$extra.txt; \
	done
	$(CUT) --group lock --output-file requirements/lock.txt
	$(CUT) --group viewer --output-file requirements/viewer.txt

clean:  ## Remove the environment, caches and the demo's folder
	rm -rf web/node_modules src/icepair/web/bundle
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	rm -rf "$(DEMO)"
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "icepair needs Python 3.11 or later and found none; say where it is: make PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "icepair needs Python 3.11 or later; $(PYTHON) is $$("$(PYTHON)" --version 2>&1). Say where a later one is: make PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { \
		rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment (Debian and Ubuntu: install python3-venv)."; exit 1; }

$(STAMPS)/%: requirements/%.txt | $(BIN)/python
	@echo "installing $<"
	@$(INSTALL) $<
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/icepair: pyproject.toml $(STAMPS)/runtime
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@

# Node is the system's where that is new enough; it is needed for building alone.
$(STAMPS)/viewer-built: tools/build_viewer.py web/build.mjs web/package-lock.json $(wildcard web/src/* web/src/*/*) | $(BIN)/python
	@node -e 'process.exit(process.versions.node.split(".")[0] < 18)' 2>/dev/null && command -v npm >/dev/null \
		|| $(INSTALL) requirements/viewer.txt
	@$(BIN)/python tools/build_viewer.py
	@mkdir -p $(STAMPS) && touch $@

# Numba compiles each kernel when it is first called and keeps the result beside the source. One run
# of everything pays for that here, so that whoever looks at the demo does not wait for it.
$(STAMPS)/compiled: $(STAMPS)/icepair $(shell find src -name '*_kernels.py')
	$(BIN)/icepair demo "$(VENV)/first-run" --overwrite --quiet
	rm -rf "$(VENV)/first-run"
	@touch $@
