# Two commands matter: `make demo` and `make test`. Each sets up all it needs on a fresh Debian 12.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MARKET ?= NO
OUT ?= demo-out
SALES ?= 10000
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint fmt types imports unit run sandbox simulate mutants kills hubkills lock translations pictures bench clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(BIN)/.ready: requirements/dev.txt pyproject.toml packaging/setup.sh
	PYTHON=$(PYTHON) VENV=$(VENV) sh packaging/setup.sh
	@touch $@

demo: $(BIN)/.ready ## the till, the sandbox beside it, and the address of the phone page
	QT_SCALE_FACTOR_ROUNDING_POLICY=PassThrough $(BIN)/python -m till demo --market $(MARKET) --out $(OUT)

test: $(BIN)/.ready lint types imports unit ## every check and every test

lint: $(BIN)/.ready ## style of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: $(BIN)/.ready ## bring the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(BIN)/.ready ## strict types
	$(BIN)/mypy

imports: $(BIN)/.ready ## who may import whom
	$(BIN)/lint-imports

unit: $(BIN)/.ready ## the tests, fast ones first
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q

run: $(BIN)/.ready ## the till with this machine's settings
	$(BIN)/python -m till run

sandbox: $(BIN)/.ready ## the simulated wallet alone
	$(BIN)/python -m till sandbox

simulate: $(BIN)/.ready ## SALES sales with bad luck from SEED on, every step judged
	$(BIN)/python -m tests.simulation.run --sales $(SALES) --seed $(SEED)

mutants: $(BIN)/.ready ## planted bugs that the simulation must notice
	$(BIN)/python -m tests.simulation.mutants

kills: $(BIN)/.ready ## a real till killed and started again, five hundred times
	$(BIN)/python -m tests.outside.kill_loop --rounds 500

hubkills: $(BIN)/.ready ## two hubs on one PostgreSQL, one of them killed under load a hundred times
	$(BIN)/python -m tests.outside.hub_kill_loop --rounds 100

lock: $(BIN)/.ready ## choose exact versions anew, with hashes
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra sandbox --extra hub --extra postgresql pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra sandbox --extra hub --extra postgresql --group dev pyproject.toml -o requirements/dev.txt

pictures: $(BIN)/.ready ## the pictures of the documentation, made anew
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m till demo --script --out build/pictures
	mkdir -p docs/pictures
	cp build/pictures/*.png docs/pictures/

bench: $(BIN)/.ready ## speed and size, each figure beside its floor
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m benchmarks.start
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m benchmarks.scan_to_line
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m benchmarks.payment
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m benchmarks.heartbeat
	$(BIN)/python -m benchmarks.polling
	$(BIN)/python -m benchmarks.journal
	$(BIN)/python -m benchmarks.hub
	$(BIN)/python -m benchmarks.books

translations: $(BIN)/.ready ## collect the windows' own words, and compile their translations
	$(BIN)/pyside6-lupdate till/ui/*.py till/ui/owner/*.py -ts resources/i18n/till_nb.ts -source-language en -target-language nb_NO
	$(BIN)/pyside6-lrelease resources/i18n/till_nb.ts -qm resources/i18n/till_nb.qm

clean: ## forget the environment and everything made
	rm -rf $(VENV) build dist demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
