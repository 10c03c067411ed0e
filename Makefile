# Parley: every target does its own set-up. `make help` lists them.

BIN := .venv/bin
LOCKING := env -u UV_INDEX -u UV_INDEX_URL -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS
LOCK_FORM := --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet
COMPILE = $(LOCKING) $(UV) pip compile pyproject.toml $(LOCK_FORM)
COMPILE_GROUP = $(LOCKING) $(UV) pip compile $(LOCK_FORM) --upgrade
PEER := tests/bench/pipecat
UV = $$(command -v uv || echo .uv/bin/uv)

.DEFAULT_GOAL := help
.PHONY: help setup call serve chat studio peer test lint types lock clean

help: ## this list
	@echo "Parley: AI phone calls on your own machine."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  Options of a command go into ARGS, e.g.  make call ARGS="objection --help"'
	@echo '  Another Python:                          make call PYTHON=/path/to/python3.13'

setup: .venv/.base ## make .venv and install Parley into it

call: .venv/.base ## play a complete phone call, heard and spoken on this machine
	@$(BIN)/parley call $(ARGS)

serve: .venv/.base ## run the server that the carrier talks to
	@$(BIN)/parley serve $(ARGS)

chat: .venv/.base ## hold the conversation as text
	@$(BIN)/parley chat $(ARGS)

studio: .venv-studio/.studio ## see the conversation as a graph, and run it, in LangGraph Studio
	@LANGSMITH_TRACING=false LANGGRAPH_NO_VERSION_CHECK=true LANGGRAPH_CLI_NO_ANALYTICS=1 \
		.venv-studio/bin/langgraph dev --no-browser $(ARGS)

peer: .venv-pipecat/.peer ## make .venv-pipecat, the Pipecat bot that the voice benchmark compares with

test: lint types .venv-studio/.studio ## everything that must hold: lint, types, import contracts, tests, coverage
	$(BIN)/pytest -n 4 --cov --cov-report=term:skip-covered --cov-fail-under=90 $(ARGS)

lint: .venv/.dev ## ruff and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/.dev ## mypy --strict
	$(BIN)/mypy

lock: .venv/.dev ## pin every dependency again, with hashes and without naming a host
	$(COMPILE) --upgrade -o requirements.lock
	$(COMPILE) --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE_GROUP) --group build -o requirements-build.lock
	$(COMPILE_GROUP) --group studio -o requirements-studio.lock
	$(COMPILE_GROUP) --python-version 3.11 $(PEER)/requirements.in -o $(PEER)/requirements.lock

clean: ## remove what these targets made, but not your calls and data
	rm -rf .venv .venv-studio .venv-pipecat .langgraph_api .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf .coverage .coverage.* htmlcov build *.egg-info

# A stamp is older than its lock exactly when something must be installed again.
.venv/.base: requirements.lock requirements-build.lock pyproject.toml .ci/setup
	@PYTHON="$(PYTHON)" .ci/setup requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.base
	@PYTHON="$(PYTHON)" .ci/setup requirements-dev.lock
	@touch $@

.venv-studio/.studio: requirements-studio.lock .ci/setup
	@PYTHON="$(PYTHON)" .ci/setup requirements-studio.lock .venv-studio
	@touch $@

.venv-pipecat/.peer: $(PEER)/requirements.lock .ci/setup
	@PYTHON="$(PYTHON)" .ci/setup $(PEER)/requirements.lock .venv-pipecat
	@touch $@
