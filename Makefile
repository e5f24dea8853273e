# Rushlight. `make` alone says what can be asked for.
# Each target makes the virtual environment that it needs; Python 3.11 is all the machine must have.

PYTHON ?= python3
ARGS ?=
# A program that compares a module with PyTorch: make conformance JUDGE=path/to/judge.py
JUDGE ?=

VENV := .venv/bin
PEERS := .venv-peers/bin
PIP := python -m pip install --quiet --disable-pip-version-check

.PHONY: help tour test check stubs bench conformance record docs clean
.DEFAULT_GOAL := help

help:
	@echo "make tour         play the tutorial, then learn to read digits and draw a picture"
	@echo "make test         every test                         (one file: ARGS=tests/test_runner.py)"
	@echo "make check        ruff, types, the doors between the rooms, the stub"
	@echo "make stubs        write src/rushlight/__init__.pyi from the live package"
	@echo "make docs         the site, into build/site"
	@echo "make clean        remove build/ and caches; the virtual environments stay"
	@echo
	@echo "beside PyTorch (and JAX), which goes into .venv-peers alone:"
	@echo "make bench        time every workload on all         (some: ARGS='NAME ...', or ARGS=--plot)"
	@echo "make conformance  every recorded case on both"
	@echo "make record       record in tests/golden what PyTorch gives"

# --- the virtual environments, made anew when pyproject.toml changes

define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
		"Rushlight needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0])'
	@echo "installing into $(1): $(2)"
	@$(PYTHON) -m venv $(1)
	@$(1)/bin/$(PIP) $(2)
	@touch $@
endef

.venv/ready: pyproject.toml
	$(call make_venv,.venv,--editable '.[dev]')

.venv/ready-docs: pyproject.toml
	$(call make_venv,.venv,--editable '.[docs]')

# Apart, because a comma within a call would divide its arguments.
WITH_PEERS = torch==2.13.0 jax scipy expecttest pytest hypothesis --editable '.[jit,tour]'

.venv-peers/ready: pyproject.toml
	$(call make_venv,.venv-peers,$(WITH_PEERS))

# --- what a person runs

tour: .venv/ready
	@$(VENV)/rushlight examples/tutorial.py
	@echo
	@$(VENV)/rushlight examples/digits.py

test: export OPENBLAS_NUM_THREADS = 1
test: .venv/ready
	@$(VENV)/pytest --quiet --numprocesses auto $(ARGS)

check: .venv/ready
	@$(VENV)/ruff check --quiet --output-format concise . && echo "ruff: clean"
	@$(VENV)/mypy
	@$(VENV)/lint-imports --no-logo
	@$(VENV)/python tools/stubs.py --check && echo "stub: up to date"

stubs: .venv/ready
	@$(VENV)/python tools/stubs.py

docs: .venv/ready-docs
	@NO_MKDOCS_2_WARNING=1 $(VENV)/mkdocs build --quiet --strict
	@echo "site: build/site/index.html"

clean:
	@rm -rf build .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	@find src tests examples tools bench -name __pycache__ -type d -prune -exec rm -rf {} +

# --- beside PyTorch

bench: .venv-peers/ready
	@$(PEERS)/python -m bench $(ARGS)

record: .venv-peers/ready
	@$(PEERS)/python tests/golden/record_cases.py $(ARGS)
	@$(PEERS)/python tests/golden/record_tutorial.py

conformance: export OPENBLAS_NUM_THREADS = 1
conformance: .venv-peers/ready
	@$(PEERS)/python tools/conformance.py $(JUDGE)
