# Everything a person does here; `make` alone lists it. Needs Python 3.11 or newer (PYTHON=...) and a package registry.
PYTHON ?= python3
PY := .venv/bin/python
UV := .venv/bin/uv

.DEFAULT_GOAL := help
.PHONY: help run test check fix migration openapi contract map bench chaos lock clean

help: ## list what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do \
		printf '  make %-10s %s\n' "$$name" "$$what"; done

# What is installed is exactly what the lock file names. Running needs no browser driver and no test tools, so it has a
# lock file of its own; once the tools are there, they stay, and `make run` keeps to the longer list.
INSTALLED := $(if $(wildcard .venv/.with-tools),.venv/.with-tools,.venv/.to-run)

run: $(INSTALLED) ## start everything: database, redis, API, workers, page; PORT=, HOST=, DATA_DIR= and others apply
	@exec $(PY) -m app.cli up

test: .venv/.with-tools ## run all tests, or some: args="tests/web -k guards"
	@$(PY) -m pytest $(args)

check: .venv/.with-tools ## lint, format and types, changing nothing
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m pyright

fix: .venv/.with-tools ## repair what lint and format can repair
	@$(PY) -m ruff check --fix
	@$(PY) -m ruff format

migration: $(INSTALLED) ## write a migration from what the models say: m="add room area"
	@test -n "$(m)" || { echo 'say what it does: make migration m="add room area"' >&2; exit 2; }
	@$(PY) -m app.embedded.throwaway sh -ec '$(PY) -m app.cli migrate; $(PY) -m app.cli migrate --new "$$0"' "$(m)"

openapi: $(INSTALLED) ## write the OpenAPI document to docs/openapi.json
	@$(PY) -m app.cli openapi --output docs/openapi.json

contract: .venv/.with-tools ## throw generated requests at every route
	@$(PY) -m pytest tests/contract $(args)

map: $(INSTALLED) ## show who imports whom, and what imports upwards
	@$(PY) .ci/map.py

bench: .venv/.with-tools ## measure
	@$(PY) -m bench $(args)

chaos: .venv/.with-tools ## kill things and count what is lost
	@$(PY) -m bench.chaos $(args)

lock: .venv/.made ## resolve pyproject.toml into both lock files; upgrade=1 for newer versions
	@UV_CUSTOM_COMPILE_COMMAND='make lock' $(UV) pip compile -q pyproject.toml --group dev --universal \
		--generate-hashes $(if $(upgrade),--upgrade) -o requirements.lock
	@UV_CUSTOM_COMPILE_COMMAND='make lock' $(UV) pip compile -q pyproject.toml --constraint requirements.lock --universal \
		--generate-hashes $(if $(upgrade),--upgrade) -o requirements-runtime.lock

clean: ## remove what was installed and cached; data in DATA_DIR stays
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.to-run: .venv/.made requirements-runtime.lock
	@$(call install,install -r,requirements-runtime.lock)

.venv/.with-tools: .venv/.made requirements.lock
	@$(call install,sync,requirements.lock)

# `sync` also takes away what is not named; `install`, for running, leaves alone what somebody added.
# `renovation` is what an installed project would have; nothing needs to be built for that.
define install
echo "installing what $(2) names"
$(UV) pip $(1) $(2) -q --python $(PY) --require-hashes
printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/.venv/bin/python" -m app.cli "$$@"\n' '$(CURDIR)' '$(CURDIR)' > .venv/bin/renovation
chmod +x .venv/bin/renovation
touch $@
endef

# Debian keeps what venv needs in a package of its own (python3-venv); uv does without it.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.12 ...' >&2; exit 1; }
	@if $(PYTHON) -m venv .venv > /dev/null 2>&1; then $(PY) -m pip install -q uv; \
	elif command -v uv > /dev/null; then uv venv -q --clear --python "$$(command -v $(PYTHON))" .venv; \
		uv pip install -q --python $(PY) uv; \
	elif $(PYTHON) -m pip install -q --target .uv uv; then \
		.uv/bin/uv venv -q --clear --python "$$(command -v $(PYTHON))" .venv; \
		.uv/bin/uv pip install -q --python $(PY) uv; rm -rf .uv; \
	else echo 'no way to make a virtual environment: install python3-venv or uv' >&2; exit 1; fi
	@touch $@
