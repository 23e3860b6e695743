# The targets for people and for CI. `make` lists them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PEER   := .venv-peer
PRISM  := .peer-prism
MUTMUT := .venv-mutants
LOCK   := .venv-lock
MUTANTS := .mutants
SEED   ?= $(shell git log -1 --format=%ct 2> /dev/null || echo 1)

# Many tests start a process; without bytecode each would compile every module.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install generate check-generated mock contract contract-live fidelity mutation test test-kills mutants lint format types check lock bench bench-peer wheels clean

help: ## List the targets
	@if test -t 1; then line='  \033[1m%-16s\033[0m %s\n'; else line='  %-16s %s\n'; fi; \
	awk -F ':.*## ' -v line="$$line" '/^[a-z-]+:.*## / { printf line, $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY) ## Create .venv with all development dependencies

$(READY): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is %s; name one: make PYTHON=python3.12" % sys.version.split()[0])'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e openapi -e generated_client -e mock_server -e contract_tests
	@touch $@

generate: $(READY) ## Generate generated_client/ from openapi/openapi.yaml
	$(BIN)/python openapi/generator/generate.py

check-generated: $(READY) ## Fail with the first difference if generated_client/ is stale
	$(BIN)/python openapi/generator/generate.py --check

mock: $(READY) ## Start the mock server; ARGS="--port 9000 --ledger invoices.sqlite3" passes options
	@$(BIN)/b2b-invoices-mock $(ARGS)

contract: $(READY) ## Check every promise, against a new mock or BASE_URL=...; ARGS="--seed 7" passes options
	B2B_BASE_URL="$(BASE_URL)" $(BIN)/b2b-invoices-contract $(ARGS)

mutation: $(READY) ## Plant faults in a mock and report which ones the checks find; ARGS="--kind state" selects some
	$(BIN)/b2b-invoices-contract mutation $(ARGS)

contract-live: $(READY) ## Check a sandbox store at BASE_URL=... and delete what was created; start with ARGS="--dry-run"
	$(if $(BASE_URL),B2B_BASE_URL="$(BASE_URL)") $(BIN)/b2b-invoices-contract --profile live $(ARGS)

fidelity: $(READY) ## Compare the mock with a store; ARGS="--store observations/FILE.json --write-dialect FILE.toml"
	$(if $(BASE_URL),B2B_BASE_URL="$(BASE_URL)") $(BIN)/b2b-invoices-contract fidelity $(ARGS)

test: $(READY) ## Run all tests offline, and the checks against eight planted faults, chosen by SEED=... or the commit
	$(BIN)/python -m pytest -n 2 $(ARGS)
	$(BIN)/b2b-invoices-contract mutation --sample 8 --seed $(SEED)

test-kills: $(READY) ## Kill a mock KILLS times (default 200) under load, and check that no committed invoice is lost
	$(BIN)/python -m pytest -k survives_a_kill --kills $(or $(KILLS),200) mock_server/tests/test_durability.py

mutants: $(MUTMUT)/.ready ## Mutate the mock's rules and run their tests (mutmut)
	mkdir -p $(MUTANTS)/mock_server
	cp -R mock_server/b2b_invoices_mock openapi generated_client conftest.py pyproject.toml $(MUTANTS)
	cp -R mock_server/tests $(MUTANTS)/mock_server
	cd $(MUTANTS) && ../$(MUTMUT)/bin/mutmut run --max-children 2 $(ARGS) && ../$(MUTMUT)/bin/mutmut results

# A separate environment without the editable packages, so that only the mutated rules can be imported.
$(MUTMUT)/.ready: requirements/dev.txt
	$(PYTHON) -m venv --clear $(MUTMUT)
	$(MUTMUT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(MUTMUT)/bin/python -m pip install --quiet --disable-pip-version-check mutmut==3.8.1
	@touch $@

lint: $(READY) ## Check formatting and lint rules (ruff)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(READY) ## Format, and apply ruff's fixes
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

types: $(READY) ## Check types (mypy --strict)
	$(BIN)/mypy

check: lint types check-generated contract test ## Run all checks, cheapest first; CI runs this

lock: ## Pin the dependencies of pyproject.toml, with hashes, in requirements/
	$(PYTHON) -m venv --clear $(LOCK)
	$(LOCK)/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(LOCK)/bin/uv pip compile --quiet --group dev --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --output-file requirements/dev.txt

bench: $(READY) ## Benchmark the mock (needs wrk) and the client, and update the table in README.md
	$(BIN)/python -m benchmarks.mock --prism $(PRISM) --readme README.md $(ARGS)
	$(BIN)/python -m benchmarks.client --peer $(PEER)

bench-peer: $(PEER)/.ready $(PRISM)/.ready ## Install the tools that bench compares with (needs Java and npm)

$(PRISM)/.ready:
	npm install --silent --no-audit --no-fund --prefix $(PRISM) @stoplight/prism-cli@5.16.0
	@touch $@

$(PEER)/.ready:
	$(PYTHON) -m venv --clear $(PEER)
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check openapi-generator-cli==7.26.0 \
		urllib3==2.8.0 pydantic==2.14.3 python-dateutil==4.0.0 typing-extensions==4.16.0
	@touch $@

wheels: $(READY) ## Build the four wheels in dist/
	for project in openapi generated_client mock_server contract_tests; do \
		(cd $$project && ../$(BIN)/hatchling build -t wheel -d "$(CURDIR)/dist") || exit 1; done

clean: ## Remove everything that was built, .venv included
	rm -rf $(VENV) $(PEER) $(PRISM) $(MUTMUT) $(LOCK) $(MUTANTS) reports build dist .coverage .hypothesis .schemathesis .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
