# Two commands are all a newcomer needs: `make demo` and `make test`. Each sets itself up in .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TESTS  ?= tests

ZIZMOR     := --offline --no-progress --quiet --persona pedantic
# The same findings on every machine, whatever else is installed there.
ACTIONLINT := -shellcheck= -pyflakes=

PIP_AUDIT := 2.10.1

# How much `make faults` draws: steps of the model, and interleavings of two processes. The seed is the same each time,
# so that a commit's verdict is too; CI draws other worlds every week: make faults SEED=$RANDOM
STEPS := 20000
SEEDS := 12
SEED := 740002

# GitHub's own descriptions of its API, of which the conformance tests need two files.
GITHUB := tests/conformance/node_modules

.PHONY: help demo test faults conformance lint audit format bench picture lock dist clean
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(VENV)/.run: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "mergebot needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/.run ## eight agents, one queue: watch their branches land
	@$(BIN)/mergebot demo $(DEMO)

lint: $(VENV)/.dev ## ruff, mypy --strict, import-linter, zizmor, actionlint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/zizmor $(ZIZMOR) .
	$(BIN)/actionlint $(ACTIONLINT)
	$(BIN)/python -m tests.action.rendered | $(BIN)/zizmor $(ZIZMOR) -
	$(BIN)/python -m tests.action.rendered | $(BIN)/actionlint $(ACTIONLINT) -

test: lint ## lint, then every test, with coverage
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(GITHUB)/.installed \
		|| echo "GitHub's API descriptions could not be installed: the conformance tests are skipped"; fi
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term $(TESTS)

$(GITHUB)/.installed: tests/conformance/package-lock.json
	npm ci --prefix tests/conformance --ignore-scripts --no-audit --no-fund --silent
	find $(GITHUB)/@octokit/openapi/generated -name '*.json' ! -name api.github.com.json -delete
	@touch $@

conformance: $(VENV)/.dev $(GITHUB)/.installed ## hold requests, answers and schema to GitHub's own descriptions
	$(BIN)/pytest tests/conformance

faults: $(VENV)/.dev ## every fault at every request, random worlds, races: half an hour on two cores
	@{ $(BIN)/python -m tests.model_world --steps $(STEPS) --seed $(SEED); worlds=$$?; \
	$(BIN)/python -m tests.scenarios.two_passes --seeds $(SEEDS) && exit $$worlds; } >$(VENV)/random.txt 2>&1 & drawn=$$!; \
	$(BIN)/python -m tests.faults $(FAULTS); faults=$$?; \
	wait $$drawn; drawn=$$?; cat $(VENV)/random.txt; exit $$((faults | drawn))

audit: $(VENV)/.dev ## look for known holes in what the Action installs (asks PyPI)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit==$(PIP_AUDIT)
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements/action.txt

format: $(VENV)/.dev ## let ruff lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## every benchmark, each a small table with its ratio
	@for b in startup decide replay conflicts requests; do $(BIN)/python bench/$$b.py || exit 1; done

picture: $(VENV)/.dev ## draw the picture of the README anew
	$(BIN)/python docs/picture.py

lock: $(VENV)/.dev ## resolve anew what the Action installs, with the hashes of all wheels
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
		--generate-hashes --only-binary :all: --no-emit-index-url --output-file requirements/action.txt pyproject.toml

dist: $(VENV)/.dev ## build sdist and wheel
	rm -rf dist
	$(BIN)/python -m build --no-isolation

clean: ## remove what the other targets made
	rm -rf $(VENV) $(GITHUB) dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
