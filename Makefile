# `make demo` and `make test` are all that a fresh machine needs, with Python 3.11 or later.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo install test test-slow mutants lint format docs clean

demo: install
	$(BIN)/dann benchmark day-to-night
	$(BIN)/dann benchmark sim-to-real
	@echo "Reports: runs/day-to-night/report.html and runs/sim-to-real/report.html"

install: $(VENV)/.installed

$(VENV)/.installed: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt setuptools
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-build-isolation -c constraints.txt -e '.[dev]'
	@touch $@

test: install
	$(BIN)/python -m pytest -n auto

test-slow: install
	$(BIN)/python -m pytest -n auto -m slow

mutants: install
	$(BIN)/python -m tools.mutants

lint: install
	$(BIN)/ruff check dann tests tools
	$(BIN)/ruff format --check dann tests tools
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

format: install
	$(BIN)/ruff check --fix dann tests tools
	$(BIN)/ruff format dann tests tools

docs: install
	$(BIN)/python -m tools.documents

clean:
	rm -rf $(VENV) runs .mypy_cache .ruff_cache .pytest_cache build *.egg-info
