# Everything a person needs starts here; every target sets itself up.
PYTHON ?= $(shell for p in python3.13 python3.14 python3.12 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
# What `make graph-schema` reads the types of Graph from.
GRAPH_BETA ?= 1.66.0
GRAPH_V1 ?= 1.65.0

# Compiled modules are kept, also where the environment says not to: without them every process
# compiles the product, and every worker of the tests rewrites each of their assertions.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup demo test deep-test check docs docs-check format services-test browser-test screenshots bench mutants torture crash-matrix graph-schema lock clean

setup: .venv/.ready

.venv/.ready: requirements-dev.lock
	@test -n "$(PYTHON)" || { echo "Restore Safety needs Python 3.12 or newer; put one on the PATH or call make PYTHON=/path/to/python3.13"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	touch $@

demo: setup
	$(MANAGE) demo

test: setup
	$(BIN)/pytest -m "not deep"

deep-test: setup
	$(BIN)/pytest -m deep

check: setup docs-check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djade --target-version 6.1 --check $$(git ls-files --cached --others --exclude-standard 'templates/*.html')
	$(BIN)/djlint --lint --quiet templates
	$(MANAGE) makemigrations --check --dry-run
	.ci/check-deploy
	$(BIN)/python .ci/audit-dependencies

docs: setup
	$(MANAGE) document
	WRITE_ACCESS_MATRIX=1 $(BIN)/pytest tests/access/test_matrix.py

docs-check: setup
	$(MANAGE) document --check

format: setup
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 6.1 $$(git ls-files --cached --others --exclude-standard 'templates/*.html')

services-test: setup
	.ci/services-test

browser-test: setup
	.ci/browser-test

screenshots: setup
	.ci/screenshots

bench: setup
	$(BIN)/python -m bench
	$(BIN)/python -m bench.memory

mutants: setup
	$(BIN)/python -m tests.mutants

# Restores under faults, kills and outages: `make torture RUNS=200 SEED=7`; a smaller one by default.
torture: setup
	$(BIN)/python -m bench.torture

# A worker killed at every step of a run of twenty items; the suite tries one step in ninety.
crash-matrix: setup
	EVERY_STEP=1 $(BIN)/pytest tests/restore_safety/execution/test_crash_matrix.py --dist load

# The published types of these versions; the packages are read out of their wheels and never installed.
graph-schema: setup
	rm -rf .data/graph-schema && mkdir -p .data/graph-schema
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest .data/graph-schema msgraph-beta-sdk==$(GRAPH_BETA) msgraph-sdk==$(GRAPH_V1)
	$(BIN)/python -m tenants.graph.schema.generate .data/graph-schema/msgraph_beta_sdk-*.whl .data/graph-schema/msgraph_sdk-*.whl tenants/graph/schema/beta.json

lock: setup
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.12 --group dev --extra demo pyproject.toml --output-file requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.12 --constraint requirements-dev.lock pyproject.toml --output-file requirements.lock

clean:
	rm -rf .venv .data .mypy_cache .pytest_cache .ruff_cache .hypothesis
