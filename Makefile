# One runner for people and for CI. Everything happens in $(VENV); nothing is taken from PATH but
# Python, and uv where it is there. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help check test tools laws lint format types imports requirements coverage bench demo serve site dist lock clean

# The first Python on this machine that is new enough; `make PYTHON=/path/to/python …` overrules it.
PYTHON ?= $(shell for found in python3 python3.13 python3.12 python3.11 python3.14; do \
    "$$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    && echo "$$found" && exit; done; echo python3)
VENV ?= .venv
VENV_PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed-for-development
TOOLS := tests/npm/node_modules/.installed-for-development

# One worker per core keeps two servers and a PostgreSQL each in reach of a small machine.
WORKERS ?= auto
# Whole files, so that what a module shares is made once; tests/conftest.py has the long ones first.
SPREAD = -n $(WORKERS) --maxprocesses 8 --dist loadfile --no-loadscope-reorder
TESTS ?= tests
COOLDOWN_DAYS ?= 14

help: ## List the targets
	@echo "Targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

check: lint types imports requirements test ## Everything that must be green before a push

test: $(STAMP) $(TOOLS) ## Set up a fresh clone if need be, then run every test
	"$(VENV_PYTHON)" -m pytest $(SPREAD) $(TESTS)

tools: $(TOOLS) ## What the tests drive by Node: linters, a language server

laws: $(STAMP) ## Every law with 5,000 examples, which takes hours
	HYPOTHESIS_PROFILE=laws "$(VENV_PYTHON)" -m pytest -n $(WORKERS) --maxprocesses 8 \
	    --timeout 0 tests/laws tests/server/usecases/test_license_machine.py

lint: $(STAMP) ## Style and formatting
	"$(VENV_PYTHON)" -m ruff check .
	"$(VENV_PYTHON)" -m ruff format --check .

format: $(STAMP) ## Rewrite the files in the one format
	"$(VENV_PYTHON)" -m ruff check --fix-only .
	"$(VENV_PYTHON)" -m ruff format .

types: $(STAMP) ## Types, strictly
	"$(VENV_PYTHON)" -m mypy

imports: $(STAMP) ## Which part may know which
	"$(VENV)/bin/lint-imports" --no-cache

requirements: $(STAMP) ## Which requirements are proven by a test, and which are open
	"$(VENV_PYTHON)" tools/requirements.py

coverage: $(STAMP) $(TOOLS) ## Branch coverage: 100 % of the pure parts, 95 % of the rest
	rm -f .coverage .coverage.*
	"$(VENV_PYTHON)" -m coverage run -m pytest $(SPREAD) tests
	"$(VENV_PYTHON)" -m coverage combine --quiet
	"$(VENV_PYTHON)" -m coverage report --fail-under=100 --include='reconciler/core/*,reconciler/kinds/*,reconciler/server/domain/*,reconciler/server/usecases/*'
	"$(VENV_PYTHON)" -m coverage report --fail-under=95

bench: $(STAMP) ## Measure pvm against the least work that any program would have
	"$(VENV_PYTHON)" bench/run

demo: $(STAMP) ## The whole story in one command
	"$(VENV)/bin/pvm" demo

serve: $(STAMP) ## A server with sample data, until Ctrl-C
	"$(VENV)/bin/pvm" serve --demo

site: $(STAMP) ## Build docs/ as HTML into build/site; a broken link ends it
	"$(VENV_PYTHON)" tools/commands_page.py > docs/reference/commands.md
	"$(VENV_PYTHON)" -m sphinx --quiet --nitpicky --fail-on-warning --keep-going docs build/site
	@echo "build/site/index.html"

# The time of the commit stands in for the time of the build, so equal commits give equal bytes.
dist: $(STAMP) ## Build wheel and source archive, twice, and insist on equal bytes
	rm -rf dist build
	export SOURCE_DATE_EPOCH="$$(git log -1 --format=%ct)"; \
	"$(VENV_PYTHON)" -m build --no-isolation --outdir dist >/dev/null; \
	"$(VENV_PYTHON)" -m build --no-isolation --outdir build/again >/dev/null
	for file in dist/*; do cmp "$$file" "build/again/$$(basename "$$file")"; done
	ls -l dist

# Versions younger than the cooldown are not taken: a bad release is usually withdrawn by then.
# No index address is written, so the locks serve every mirror.
LOCK = uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-annotate --custom-compile-command make-lock --upgrade \
    --exclude-newer "$$(date -u -d '$(COOLDOWN_DAYS) days ago' +%Y-%m-%dT00:00:00Z)"

lock: ## Renew the locked versions (needs uv and npm)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	$(LOCK) --output-file requirements/cli.txt
	$(LOCK) --extra server --extra postgres --output-file requirements/server.txt
	$(LOCK) --extra server --extra postgres --group dev --group docs --group build --output-file requirements/dev.txt
	cd tests/npm && npm update --package-lock-only --ignore-scripts --silent \
	    --before "$$(date -u -d '$(COOLDOWN_DAYS) days ago' +%Y-%m-%d)"

clean: ## Remove what the other targets made
	rm -rf "$(VENV)" tests/npm/node_modules dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -f .coverage .coverage.*

# No script of a package is run, nothing but what the lock names is taken. Without Node the tests
# that need it are skipped and say so.
$(TOOLS): tests/npm/package-lock.json tests/npm/package.json
	@if command -v npm >/dev/null; then \
	    cd tests/npm && npm ci --ignore-scripts --no-audit --no-fund --silent && touch ../../$(TOOLS); \
	else \
	    echo "no npm here: tests of editors and workflows will be skipped" >&2; \
	fi

# The project itself stands outside the locks and brings nothing of its own.
$(STAMP): requirements/dev.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "pvm needs Python 3.11 or newer, and $(PYTHON) is" \
	        "$$("$(PYTHON)" --version 2>/dev/null || echo "not there");" \
	        "name another: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@if command -v uv >/dev/null; then \
	    export UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV="$(VENV)"; \
	    test -x "$(VENV_PYTHON)" || uv venv --quiet --python "$(PYTHON)" "$(VENV)"; \
	    uv pip install --quiet --require-hashes -r requirements/dev.txt; \
	    uv pip install --quiet --no-deps --no-build-isolation -e .; \
	else \
	    "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	        echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: apt-get install" \
	            "$$("$(PYTHON)" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')" >&2; \
	        exit 1; }; \
	    test -x "$(VENV_PYTHON)" || "$(PYTHON)" -m venv "$(VENV)"; \
	    "$(VENV_PYTHON)" -m pip install --quiet --require-hashes -r requirements/dev.txt; \
	    "$(VENV_PYTHON)" -m pip install --quiet --no-deps --no-build-isolation -e .; \
	fi
	@touch "$@"
