# Needs make (GNU 3.81 or later), a POSIX shell and Python 3.11 or later with its venv module.
# `make help` lists what can be asked for. PYTHON=... chooses the Python.

PYTHON =
VENV = .venv
BIN = $(VENV)/bin
UV = uv
PYTEST_ARGS =
BENCH_ARGS =
UTILIZATION_ARGS =
TILES_ARGS =
READING_ROOM_ARGS =
KILLS_ARGS =
DEMO_ARGS =

MADE_STAMP = $(VENV)/.made
RUN_STAMP = $(VENV)/.installed-run
TEST_STAMP = $(VENV)/.installed-test

# Pinned versions first; where they do not fit this platform, what pyproject.toml allows.
INSTALL = sh requirements/install.sh $(BIN)/python

.PHONY: help demo install test check page api bench pins clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(RUN_STAMP) ## install, analyse a synthetic smear, say which report to open
	@$(BIN)/marrowscope demo $(DEMO_ARGS)

install: $(TEST_STAMP) ## install the package and what its tests need

test: $(TEST_STAMP) ## install what the tests need and run them
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(TEST_STAMP) ## lint, format, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

page: ## build the reading room's page (needs Node.js 20.19, 22.12 or later)
	cd frontend && npm ci --no-audit --no-fund && npm run build

api: $(TEST_STAMP) ## write the API's description and the page's types anew
	$(BIN)/python frontend/describe_api.py
	cd frontend && npm run api

bench: $(TEST_STAMP) ## measure speed and memory (half an hour); writes bench*.json
	@$(BIN)/python benchmarks/bench.py $(BENCH_ARGS)
	@$(BIN)/python benchmarks/utilization.py $(UTILIZATION_ARGS)
	@$(BIN)/python benchmarks/fees.py
	@$(BIN)/python benchmarks/tiles.py $(TILES_ARGS)
	@$(BIN)/python benchmarks/reading_room.py --out bench-reading-room.json $(READING_ROOM_ARGS)
	@$(BIN)/python benchmarks/slide_layer.py --out bench-slide-layer.json
	@$(BIN)/python benchmarks/kills.py --out bench-kills.json $(KILLS_ARGS)

pins: ## write requirements/*.txt anew from pyproject.toml (needs uv)
	sh requirements/pin.sh $(UV)

clean: ## remove what make has made
	rm -rf $(VENV) build dist marrowscope-demo bench.json bench-*.json .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache src/marrowscope.egg-info
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp, not bin/python: an interrupted venv has a Python but no pip.
$(MADE_STAMP):
	@sh requirements/make_venv.sh $(VENV) $(PYTHON)
	@touch $@

$(RUN_STAMP): pyproject.toml requirements/run.txt | $(MADE_STAMP)
	@$(INSTALL) requirements/run.txt '.'
	@touch $@

$(TEST_STAMP): pyproject.toml requirements/test.txt | $(MADE_STAMP)
	@$(INSTALL) requirements/test.txt '.[test,dev]'
	@touch $@ $(RUN_STAMP)
