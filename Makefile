# make run     the product with its demo study, in a browser on this machine
# make test    every check and every test, from a bare clone
# make setup   only the virtual environment
# make coverage-study  coverage and type I error by simulation, into docs/validation/coverage.md
# make pins    requirements.txt anew, from what pyproject.toml asks for

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
FRONTEND := rater_app/web/viewer/frontend
# What the 3D tile is built from: see docs/decisions/0010
BUNDLE := hatch_build.py $(FRONTEND)/build.mjs $(FRONTEND)/package-lock.json $(wildcard $(FRONTEND)/view3d/bundle/*.mjs)

.PHONY: help setup setup-test run lint test system-packages benchmark coverage-study pins clean

help:
	@sed -n 's/^# //p' Makefile

setup: $(VENV)/installed

$(VENV)/installed: requirements.txt pyproject.toml $(BUNDLE)
	@PYTHON=$(PYTHON) .ci/system_packages.sh setup
	@echo "Installing about 2 GB into $(VENV), once: this takes a minute or two."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

setup-test: $(VENV)/installed-test

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt --editable '.[web,desktop,dev,peers]'
	@touch $@

run: setup
	$(BIN)/streamlit run streamlit_app.py

lint: setup-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: system-packages lint
	$(BIN)/python -m pytest

system-packages:
	@.ci/system_packages.sh test

benchmark: setup-test
	$(BIN)/python benchmarks/viewer.py
	$(BIN)/python benchmarks/rerun.py
	$(BIN)/python benchmarks/metrics.py
	$(BIN)/python benchmarks/agreement.py
	xvfb-run -a -s "-screen 0 1600x1000x24" $(BIN)/python benchmarks/desktop.py

coverage-study: setup-test
	$(BIN)/python benchmarks/coverage_study.py

pins:
	rm -rf build/pins && $(PYTHON) -m venv build/pins
	build/pins/bin/pip install --quiet '.[web,desktop]'
	{ sed -n '1,/^--editable/p' requirements.txt; build/pins/bin/pip freeze --exclude rater-app; } > build/requirements.txt
	mv build/requirements.txt requirements.txt

clean:
	rm -rf $(VENV) demo
