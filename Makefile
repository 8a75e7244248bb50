# The commands of the project. `make` on its own lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV ?= $(if $(wildcard $(BIN)/uv),$(BIN)/uv,uv)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-annotate --no-header

# How many processes test at once, and whatever else pytest is to be told: make test PYTEST_ARGS="-k deadline".
WORKERS ?= 2
PYTEST_ARGS ?=

# How many minutes the long random tests may take together.
SOAK_MINUTES ?= 120

# What else the demo is to be told: make run DEMO_ARGS="--topology full".
DEMO_ARGS ?=

# What else the profile is to be told.
PROFILE_ARGS ?=

# A Friday before and at the closing of the week, a month's end, 29 February, New Year's Eve, a Sunday and a Wednesday.
TEST_DATES ?= 2026-12-04T13:59 2026-12-04T14:00 2026-11-30T10:30 2028-02-29T09:00 2026-12-31T23:50 2026-11-29T12:00 \
  2026-12-02T12:00

# Everything here speaks Chinese, whatever the locale of the machine is.
export PYTHONUTF8 := 1

# Tests start hundreds of processes, and the demo a dozen: what one has compiled, the others need not.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev run test test-dates soak check audit bench profile lock schema workflow figures openapi exchange clean distclean

help: ## List these commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Install what running needs into .venv, exactly as locked

setup-dev: $(VENV)/.installed-dev ## The same, and what testing and checking need

run: setup ## Start the demo: one province, filled, with its ministry and SMS stand-ins
	@exec $(BIN)/yanbao demo --parent $$PPID $(DEMO_ARGS)

test: setup-dev ## Run every test, on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

test-dates: setup-dev ## Run every test once for each of several dates, as if it were then
	@for now in $(TEST_DATES); do echo "As if it were $$now:"; \
	  YANBAO_TEST_NOW=$$now $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS) || exit 1; done

soak: setup-dev ## Run the long random tests for at most SOAK_MINUTES (120), and say how far they are
	@mkdir -p var && : > var/soak.log && echo 'How far each test is: tail -f var/soak.log'
	@timeout $(SOAK_MINUTES)m $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -v -m soak --durations=0 \
	  -o log_file=var/soak.log -o log_file_mode=a -o log_file_level=WARNING $(PYTEST_ARGS)

check: setup-dev ## What a change must pass, and what CI runs: style, types, layers, schema, every test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/yanbao schema | diff -u schema.graphql - || { echo 'schema.graphql is not what the code says: make schema'; exit 1; }
	@$(MAKE) --no-print-directory test

audit: setup-dev ## The GraphQL-over-HTTP audits, and graphql-codegen's documents, on a running server (needs node and npm)
	@$(BIN)/python -m tests.audit.run
	@$(BIN)/python -m tests.audit.documents

bench: setup-dev ## Measure; prints figures and never fails
	@$(BIN)/python -m benchmarks --write

profile: setup-dev ## Print where the CPU of a request goes, layer by layer: make profile PROFILE_ARGS="--case overview"
	@$(BIN)/python -m benchmarks.profile --quick $(PROFILE_ARGS)

lock: ## Resolve the dependencies of pyproject.toml anew into both lock files
	$(UV) $(COMPILE) --extra build -o requirements.lock > /dev/null
	$(UV) $(COMPILE) --extra build --extra dev -o requirements-dev.lock > /dev/null

schema: setup ## Print the schema of the code into schema.graphql
	@$(BIN)/yanbao schema > schema.graphql.new && mv schema.graphql.new schema.graphql || { rm -f schema.graphql.new; exit 1; }

workflow: setup ## Print the tables of the code into docs/workflow.md
	@$(BIN)/yanbao workflow > docs/workflow.md.new && mv docs/workflow.md.new docs/workflow.md || { rm -f docs/workflow.md.new; exit 1; }

figures: setup ## Print the definitions of all figures into docs/figures.md
	@$(BIN)/yanbao figures print > docs/figures.md.new && mv docs/figures.md.new docs/figures.md || { rm -f docs/figures.md.new; exit 1; }

openapi: setup ## Print the plain HTTP addresses of the code into docs/openapi.json
	@$(BIN)/yanbao openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json || { rm -f docs/openapi.json.new; exit 1; }

exchange: setup ## Print the JSON Schema of an exchange profile into docs/exchange-profile.schema.json
	@$(BIN)/yanbao exchange schema > docs/exchange.new && mv docs/exchange.new docs/exchange-profile.schema.json || { rm -f docs/exchange.new; exit 1; }

clean: ## Remove caches and builds
	@rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove .venv and everything the demo has written, too
	@rm -rf $(VENV) var

# The stamps make `setup` quick the second time, and have it done again when the locks or the package change.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not: try  make PYTHON=python3.12 setup" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made; Debian and Ubuntu need the package python3-venv." >&2; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml setup.py | $(BIN)/python
	@echo 'Installing what yanbao needs to run …'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock requirements.lock pyproject.toml setup.py | $(BIN)/python
	@echo 'Installing what yanbao needs to run and to be tested …'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(VENV)/.installed $@
