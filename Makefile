# Every target explains itself: `make help`.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# The Python to make .venv with: make setup PYTHON=python3.12
PYTHON ?=
# More words for pytest: make test ARGS="tests/counting -k race"
ARGS ?=
# Test processes side by side: more than there are cores, since many tests wait for something.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
# How often `make faults` repeats each fault.
ROUNDS ?= 50

export PYTHON

# The suite starts about 150 processes of Python, which must not compile 300 modules each.
test faults screenshots: export PYTHONDONTWRITEBYTECODE =

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: READY_FOR = run
run: setup ## Set everything up and run the service with its demonstration; stop it with Ctrl-C
	@exec $(BIN)/petition up --demo

.PHONY: test
test: READY_FOR = test
test: setup ## Set everything up and run all tests, on SQLite and on PostgreSQL
	@$(BIN)/pytest --quiet -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: setup
setup: ## Make .venv and install what is missing (run, test and the others call it first)
	@scripts/setup $(READY_FOR)

.PHONY: lint
lint: setup ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: setup ## Fix what ruff can fix automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: setup ## Measure signing, counting, locating and letters beside their floors
	@$(BIN)/python -m bench $(ARGS)

.PHONY: screenshots
screenshots: READY_FOR = test
screenshots: setup ## Draw every public page, at phone and desktop width, into var/screenshots
	@$(BIN)/pytest --quiet tests/browser/screenshots.py

.PHONY: faults
faults: setup ## Run the fault tests in many rounds: kills, races, lost queues, broken mail servers
	@$(BIN)/pytest --quiet -m faults --rounds $(ROUNDS) --timeout 7200 $(ARGS)

.PHONY: migrate
migrate: setup ## Upgrade the database of DATABASE_URL (or in var/)
	@$(BIN)/petition db upgrade

.PHONY: demo
demo: setup ## Load the demonstration and send simulated signers through the real steps
	@$(BIN)/petition demo $(ARGS)

.PHONY: hooks
hooks: setup ## Check the style before every commit in this clone
	@git config core.hooksPath scripts/hooks
	@echo "hooks: on (git config --unset core.hooksPath takes them off)"

.PHONY: messages
messages: setup ## Bring the Spanish catalogue up to date with the sources, and compile it
	@mkdir -p var
	@$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext --no-location --sort-output -w 100 -o var/messages.pot .
	@$(BIN)/pybabel -q update -i var/messages.pot -d petition/translations -l es -w 100 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel -q compile -d petition/translations

.PHONY: audit
audit: setup ## Ask for advisories on all packages; Error 1: vulnerable, Error 3: nothing was checked
	@$(BIN)/python scripts/audit.py $(ARGS)

.PHONY: sbom
sbom: setup ## Write what ships, as CycloneDX, into var/sbom.json
	@$(BIN)/python scripts/sbom.py var/sbom.json

.PHONY: pin-images
pin-images: setup ## Write the digests of the container images behind their tags (docker or skopeo)
	@$(BIN)/python scripts/pin_images.py $(ARGS)

.PHONY: lock
lock: setup ## Compile the locks in requirements/ again; ARGS="--upgrade" takes newer versions
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		--only-binary :all: -r requirements/lock-tool.txt
	@scripts/lock $(ARGS)
