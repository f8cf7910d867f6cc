# Everything is set up in .venv on first use; nothing is needed but Python 3.11 or newer, make and git.
# Choose another interpreter with `make PYTHON=/path/to/python3.12`, or pass arguments on with `make demo ARGS="--speed 4"`.

VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --quiet
# A lock names all that is needed. Left to look for more, older pips ask the index for the newest release of a package
# that is wanted with an extra, and then refuse it, as it isn't the locked one.
FROM_LOCK := $(PIP) install --no-deps --require-hashes -r
ARGS ?=
MIN_COVERAGE := 95
COVERED := core providers engine
# One more than there are cores: some tests wait for a terminal most of the time.
WORKERS = $$(($$(getconf _NPROCESSORS_ONLN) + 1))

# The first interpreter that is new enough and whole: some systems ship venv and sqlite3 apart.
FIND_PYTHON = for candidate in python3 python3.13 python3.12 python3.11 python3.14; do \
	  if $$candidate -c 'import ensurepip, sqlite3, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    command -v $$candidate; exit; fi; done
PYTHON ?= $(shell $(FIND_PYTHON))

# A .venv whose interpreter is gone or too old, that was moved with the checkout, or whose installation was
# interrupted is made anew.
VENV_CHECK := import importlib.util, os, pathlib, sqlite3, sys; venv = pathlib.Path(sys.prefix); \
	sys.exit(sys.version_info < (3, 11) \
	or importlib.util.find_spec("pip") is None \
	or os.path.realpath("$(VENV)") != os.path.realpath(venv) \
	or (venv / ".installing").exists() \
	or ((venv / ".ready").exists() and (venv / ".ready").read_text().strip() != os.getcwd()))
VENV_HEALTHY := $(shell $(RUN) -c '$(VENV_CHECK)' 2>/dev/null && echo yes)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(VENV)/.runtime ## set up, start the demo services and open jobtui on them
	@$(RUN) -m jobtui demo $(ARGS)

.PHONY: run
run: $(VENV)/.runtime ## set up and open jobtui on your own sources
	@$(RUN) -m jobtui $(ARGS)

.PHONY: test
test: lint ## set up, lint, check types and floors, run all tests with coverage
	@$(RUN) -m pytest -n $(WORKERS) --dist worksteal $(foreach part,$(COVERED),--cov=jobtui/$(part)) --cov-report= $(ARGS)
	@for part in $(COVERED); do \
	  $(RUN) -m coverage report --include="jobtui/$$part/*" --fail-under=$(MIN_COVERAGE) > $(VENV)/coverage.txt \
	  || { cat $(VENV)/coverage.txt; echo "jobtui/$$part: less than $(MIN_COVERAGE) % of its lines are covered"; exit 1; }; \
	done

.PHONY: lint
lint: $(VENV)/.dev ## ruff, mypy and import-linter
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(VENV)/bin/lint-imports

.PHONY: format
format: $(VENV)/.dev ## put the code into ruff's form
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

.PHONY: bench
bench: $(VENV)/.dev ## run the benchmarks (alone, on a quiet machine)
	@$(RUN) -m pytest -p no:cacheprovider -p no:xdist --override-ini=addopts=--import-mode=importlib --timeout=0 -s tests/benchmarks $(ARGS)

.PHONY: soak
soak: $(VENV)/.dev ## run the long tests: JOBTUI_SOAK_S seconds of faults (60), JOBTUI_KILL_ROUNDS rounds of kill -9 (500)
	@$(RUN) -m pytest -m soak --timeout=0 $(ARGS)

.PHONY: audit
audit: $(VENV)/.dev ## look the locked packages up for known vulnerabilities (needs the Internet)
	@$(RUN) -m pip_audit --strict --require-hashes --disable-pip -r requirements.lock
	@$(RUN) -m pip_audit --strict --require-hashes --disable-pip -r requirements-dev.lock

.PHONY: licences
licences: $(VENV)/.dev ## print the licence of every locked package that runs
	@$(RUN) -m tests.licences

.PHONY: screenshots
screenshots: $(VENV)/.dev ## make the pictures in screenshots/ from the demo (ARGS="overview-dark flow" for some)
	@$(RUN) -m screenshots.make $(ARGS)

LOCK := $(RUN) -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --group build $(ARGS)

.PHONY: lock
lock: $(VENV)/.dev ## renew both lock files within the bounds of pyproject.toml (ARGS=--upgrade for the newest)
	@$(LOCK) --extra media --output-file requirements.lock
	@$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

.PHONY: dist
dist: $(VENV)/.dev ## build the sdist and the wheel into dist/
	@rm -rf dist
	@$(RUN) -m uv build --quiet --no-build-isolation --python $(RUN)

.PHONY: clean
clean: ## remove the environment and everything that tools left behind
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An unhealthy environment has no file worth trusting, so its rule runs whatever the time stamps say.
ifneq ($(VENV_HEALTHY),yes)
.PHONY: $(VENV)/.ready
endif
$(VENV)/.ready:
	@test -n "$(PYTHON)" || { echo "jobtui needs Python 3.11 or newer with venv and sqlite3 (on Debian: apt install python3-venv)" >&2; exit 1; }
	@test "$(VENV_HEALTHY)" = yes || { echo "making $(VENV) with $(PYTHON)"; rm -rf $(VENV) && "$(PYTHON)" -m venv $(VENV); }
	@pwd > $@

$(VENV)/.runtime: $(VENV)/.ready requirements.lock pyproject.toml
	@echo "installing what jobtui needs to run"
	@touch $(VENV)/.installing
	@$(FROM_LOCK) requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@rm $(VENV)/.installing
	@touch $@

$(VENV)/.dev: $(VENV)/.ready requirements-dev.lock pyproject.toml
	@echo "installing what the tests need"
	@touch $(VENV)/.installing
	@$(FROM_LOCK) requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@rm $(VENV)/.installing
	@touch $@
