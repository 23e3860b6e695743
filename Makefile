# What a person runs, and what CI runs: the same. `make` alone shows it all.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PEER   := .venv-peer
PRISM  := .peer-prism
MUTMUT := .venv-mutants
SEED   ?= $(shell date +%Y%m%d)

# Nearly every test starts a process; without compiled modules each would compile all of them anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install generate check-generated mock contract contract-live fidelity strength test test-kills mutants lint format types check lock bench bench-peer wheels clean

help: ## Show this
	@if test -t 1; then line='  \033[1m%-16s\033[0m %s\n'; else line='  %-16s %s\n'; fi; \
	awk -F ':.*## ' -v line="$$line" '/^[a-z-]+:.*## / { printf line, $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY) ## Make .venv with everything that the other targets need

$(READY): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is %s; name one: make PYTHON=python3.12" % sys.version.split()[0])'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e openapi -e generated_client -e mock_server -e contract_tests
	@touch $@

generate: $(READY) ## Make generated_client/ from openapi/openapi.yaml
	$(BIN)/python openapi/generator/generate.py

check-generated: $(READY) ## Fail, with the first difference, when generated_client/ is stale
	$(BIN)/python openapi/generator/generate.py --check

mock: $(READY) ## Serve the mock; ARGS="--port 9000 --ledger invoices.sqlite3" tells it how
	@$(BIN)/b2b-invoices-mock $(ARGS)

contract: $(READY) ## Check every promise, on a mock of its own or on BASE_URL=...; ARGS="--seed 7" tells it how
	B2B_BASE_URL="$(BASE_URL)" $(BIN)/b2b-invoices-contract $(ARGS)

strength: $(READY) ## Break a mock in every known way, and see whether the checks notice; ARGS="--kind state" tries some
	$(BIN)/b2b-invoices-contract strength $(ARGS)

contract-live: $(READY) ## Check what is safe to check on the live store at BASE_URL=..., and leave nothing; ARGS="--dry-run" first
	$(if $(BASE_URL),B2B_BASE_URL="$(BASE_URL)") $(BIN)/b2b-invoices-contract --profile live $(ARGS)

fidelity: $(READY) ## Say how like a live store the mock answers; ARGS="--store observations/FILE.json --write-dialect FILE.toml"
	$(if $(BASE_URL),B2B_BASE_URL="$(BASE_URL)") $(BIN)/b2b-invoices-contract fidelity $(ARGS)

test: $(READY) ## Run all tests, and eight faults of today's choice, or of SEED=...; none needs the internet
	$(BIN)/python -m pytest -n 2 $(ARGS)
	$(BIN)/b2b-invoices-contract strength --sample 8 --seed $(SEED)

test-kills: $(READY) ## Kill a mock KILLS times, 200 unless told otherwise, while sixteen callers write to it
	$(BIN)/python -m pytest -k survives_a_kill --kills $(or $(KILLS),200) mock_server/tests/test_durability.py

mutants: $(MUTMUT)/.ready ## Change the mock's rules in hundreds of small ways, and see whether their tests notice
	$(MUTMUT)/bin/mutmut run --max-children 2 $(ARGS)
	$(MUTMUT)/bin/mutmut results

# An environment of its own: without the editable packages, so that the changed rules are the only ones to be had.
$(MUTMUT)/.ready: requirements/dev.txt
	$(PYTHON) -m venv --clear $(MUTMUT)
	$(MUTMUT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(MUTMUT)/bin/python -m pip install --quiet --disable-pip-version-check mutmut==3.8.1
	@touch $@

lint: $(READY) ## Fail on what ruff finds, in form and in style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(READY) ## Format, and mend what ruff can mend
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

types: $(READY) ## Check all types, strictly
	$(BIN)/mypy

check: lint types check-generated contract test ## All of the checks, cheapest first; what CI runs

lock: $(READY) ## Pin what pyproject.toml names, with hashes, in requirements/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip compile --quiet --group dev --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --output-file requirements/dev.txt

bench: $(READY) ## Measure the mock against Prism and the client against bare httpx, and write the table in README.md; the mock needs wrk
	$(BIN)/python -m benchmarks.mock --prism $(PRISM) --readme README.md $(ARGS)
	$(BIN)/python -m benchmarks.client --peer $(PEER)

bench-peer: $(PEER)/.ready $(PRISM)/.ready ## Install what make bench compares with: another generator, which needs Java, and Prism, which needs npm

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

clean: ## Remove all that was made, .venv too
	rm -rf $(VENV) $(PEER) $(PRISM) $(MUTMUT) mutants reports build dist .coverage .hypothesis .schemathesis .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
