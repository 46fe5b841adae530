# `make demo` and `make test` are all that a fresh machine needs, with Python 3.11 or later.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP = $(BIN)/python -m pip --disable-pip-version-check -q
CODE = dann tests tools

.PHONY: demo install test test-slow test-long coverage test-minimum test-python mutants test-faults lint audit-dependencies hashes format docs site serve-site dist clean

demo: install
	$(BIN)/dann benchmark day-to-night
	$(BIN)/dann benchmark sim-to-real
	@echo
	@echo "Next:  your own photographs  dann benchmark PHOTOS --source DAY --target NIGHT"
	@echo "       your own loss         one file, see CONTRIBUTING.md, A new method"
	@echo "       a paper's row         dann reproduce --list"
	@echo "The command dann lies in $(BIN): . $(BIN)/activate"

# `make install HASHES=1` in a fresh checkout takes only files with the checksums of constraints-hashes.txt. It is no
# default: an index with builds of its own, as of torch, has other files.
install: $(VENV)/.installed

$(VENV)/.installed: setup.cfg pyproject.toml constraints.txt constraints-hashes.txt
	$(PYTHON) -m venv $(VENV)
ifdef HASHES
	$(PIP) install --require-hashes -r constraints-hashes.txt
	$(PIP) install --no-deps --no-build-isolation -e .
else
	$(PIP) install -c constraints.txt setuptools setuptools-scm
	$(PIP) install --no-build-isolation -c constraints.txt -e '.[dev]'
endif
	@touch $@

test: install
	$(BIN)/python -m pytest -n auto

test-slow: install
	$(BIN)/python -m pytest -n auto -m "slow and not long"

test-long: install
	$(BIN)/python -m pytest -n auto -m long

coverage: install
	$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered

mutants: install
	$(BIN)/python -m tools.mutants

# Plants faults and prints how many were survived (docs/reliability.md). SEED repeats a trial.
test-faults: install
	$(BIN)/python -m tools.faults $(if $(SEED),--seed $(SEED))

# Lowest allowed versions. torch stays at the one of constraints.txt: for Linux the package index has it with CUDA only,
# gigabytes of it. `make test-minimum KEEP= PIP_EXTRA_INDEX_URL=...` tests its lowest too where an index has CPU builds.
KEEP ?= torch
test-minimum: VENV = .venv-minimum
test-minimum:
	$(PYTHON) -m venv $(VENV)
	$(PYTHON) tools/minimum.py --keep $(KEEP) > $(VENV)/constraints.txt
	$(PIP) install -c constraints.txt setuptools setuptools-scm
	$(PIP) install --no-build-isolation -c $(VENV)/constraints.txt -e '.[test]'
	$(BIN)/python tools/minimum.py --installed
	@echo "kept at the version of constraints.txt: $(KEEP) (its lowest comes with gigabytes of CUDA from this index)"
	$(BIN)/python -m pytest -n auto

# The suite under another Python: make test-python PYTHON=python3.13
test-python:
	@$(PYTHON) -c '' || { echo "there is no $(PYTHON) here; install it, or name another: make test-python PYTHON=python3.12"; exit 1; }
	$(MAKE) test PYTHON=$(PYTHON) VENV=.venv-$(notdir $(PYTHON))

lint: install
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/codespell
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

# Known vulnerabilities of the pinned versions, where their data base can be reached.
audit-dependencies: install
	$(BIN)/python -m tools.vulnerabilities

# After a change of constraints.txt.
hashes: install
	$(BIN)/python -m tools.hashes

format: install
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

docs: install
	$(BIN)/python -m tools.documents

# The site of documentation, in site/; warnings and dead links are errors.
MKDOCS = NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs
site: install
	$(MKDOCS) build --strict

serve-site: install
	$(MKDOCS) serve --watch README.md --watch CONTRIBUTING.md --watch CHANGELOG.md --watch dann --watch notebooks

# Builds into dist/ and checks: the wheel in an empty environment, away from the source; the sdist by building the wheel
# from it and by the part of the tests that takes seconds.
DIST_TESTS = tests/core tests/stats tests/tools/test_minimum.py tests/test_layout.py tests/test_package.py
dist: install
	rm -rf build dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv build/empty
ifdef HASHES
	build/empty/bin/python -m pip install -q --require-hashes -r constraints-hashes.txt
	build/empty/bin/python -m pip install -q --no-deps dist/dann-*.whl
else
	build/empty/bin/python -m pip install -q -c constraints.txt dist/dann-*.whl
endif
	cd build && empty/bin/dann --version
	cd build && empty/bin/dann list methods
	cd build && empty/bin/dann benchmark sim-to-real --methods source_only dann --seeds 1 --steps 20 --out runs
	tar -xzf dist/dann-*.tar.gz -C build
	cd build/dann-*/ && $(abspath $(BIN))/python -m pytest -n 0 $(DIST_TESTS)

clean:
	rm -rf .venv .venv-* runs site .mypy_cache .ruff_cache .pytest_cache build dist *.egg-info
