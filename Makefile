# Every target sets up what it needs in .venv, from nothing but Python and make. `make help` lists them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
CORE   := $(VENV)/.core-stamp
DEV    := $(VENV)/.dev-stamp
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test test-all coverage check format docs bench-billion clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(CORE)  ## install the package and tell the story of the rats on one screen
	$(BIN)/partialpool demo

test: $(DEV)  ## run the tests: of those that take long a fixed part, see tests/sampled.py
	$(PYTEST)

test-all: $(DEV)  ## run every test on every problem, with coverage: before a release or after a change of the integration
	PARTIALPOOL_LONG=1 $(PYTEST) --cov --cov-report=term

coverage: $(DEV)  ## run what `make test` runs and measure which lines it reaches, for a third more time
	$(PYTEST) --cov --cov-report=term

check: $(DEV)  ## lint, formatting, types, import layers, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

format: $(DEV)  ## format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(DEV)  ## build the documentation site: docs/_build/html/index.html
	$(BIN)/python -m sphinx -W --keep-going --quiet -b html -d docs/_build/doctrees docs docs/_build/html

bench-billion: $(DEV)  ## once: a billion rows in a million groups, made and fitted in a quarter of an hour (10 GB of disk)
	$(BIN)/python benchmarks/scale.py --rows 1e9 --totals

clean:  ## remove everything that make made
	rm -rf $(VENV) dist docs/_build .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "partialpool needs Python 3.11 or newer, and '$(PYTHON)' is not: say make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(CORE): pyproject.toml | $(BIN)/python
	$(PIP) install --editable .
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[dev]'
	@touch $(CORE) $@
