SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PROCESSES ?= 2
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$p && break; done)

# Some machines forbid Python to keep what it compiled; then each of a dozen processes compiles all.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test lint format bench translations lock
.DEFAULT_GOAL := help

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.installed ## Install if needed and run everything on this machine
	@exec $(BIN)/ocop run

test: $(VENV)/.installed-test lint ## Linters, types and the whole test suite
	@bash tests/browser/install_chromium.sh
	$(BIN)/pytest -n $(PROCESSES) --dist loadgroup -ra

lint: $(VENV)/.installed-test ## Linters and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

format: $(VENV)/.installed-test ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-test ## Run the benchmarks
	$(BIN)/ocop bench web

translations: $(VENV)/.installed-test ## Renew the catalogues from the code, then compile them
	@pot=$$(mktemp) && trap 'rm -f "$$pot"' EXIT && \
	$(BIN)/pybabel -q extract -F babel.cfg -k _l -k lazy_gettext --add-location=file --sort-by-file \
		-o "$$pot" . && \
	$(BIN)/pybabel -q update -i "$$pot" -d shop/translations -D messages -l en -w 100 \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date && \
	$(BIN)/python shop/translations/compile.py

lock: ## Renew the lock files (needs uv)
	@uv=$$(command -v $(BIN)/uv || command -v uv) || \
		{ echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }; \
	compile="$$uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
		--python-version 3.11 --custom-compile-command 'make lock' pyproject.toml"; \
	eval $$compile --extra embedded -o requirements.lock && \
	eval $$compile --extra embedded --extra test -o requirements-test.lock

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed (python3.11 ... python3.13)."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Editable: the code runs from this folder; its dependencies come from the lock file alone.
$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.installed-test: requirements-test.lock $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@
