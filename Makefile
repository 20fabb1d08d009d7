# `make` alone prints this listing. Everything that a newcomer needs is here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup lab demo test lint unit e2e golden format bench clean

help: ## this listing
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(VENV)/.stamp ## a virtual environment with devenv (editable) and its development tools

$(VENV)/.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "devenv needs Python 3.11 or later; say: make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

lab: ## a Docker engine and images on a bare Debian machine; nothing where an engine can pull
	$(PYTHON) -m tests.lab up

demo: setup lab ## bring up the bookstore, show that it answers, and leave it watching (or running)
	@$(BIN)/python examples/demo.py

test: setup ## everything: checks, unit, golden, contract and end-to-end tests on the real engine
	@$(MAKE) --no-print-directory --jobs 2 lab lint # one waits for the network, the other computes
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: setup ## ruff, mypy for three operating systems, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --exclude '^devenv/agent/' devenv
	$(BIN)/mypy --platform darwin --exclude '^devenv/agent/' devenv
	$(BIN)/lint-imports

unit: setup ## the quick tests: no engine, a few seconds
	$(BIN)/python -m pytest tests/unit tests/golden tests/broken $(PYTEST_ARGS)

e2e: setup lab ## the scenarios on the real engine
	$(BIN)/python -m pytest tests/e2e $(PYTEST_ARGS)

golden: setup ## write the golden files anew; read the diff before you commit it
	$(BIN)/python -m pytest tests/golden --update-golden

format: setup ## ruff format and safe fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup lab ## save -> served beside bind + runserver and docker compose watch, as ratios
	$(BIN)/python -m benchmarks.save_to_served

clean: ## remove what the checks left behind (no container, no volume)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build
