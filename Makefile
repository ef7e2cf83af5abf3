# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: demo demo-keep test test-changed test-tiers coverage check bench lock schema docs release clean

demo: $(STAMP)  ## stamp a stack, build it, run it in the sandbox and tour it
	$(BIN)/saasgen demo --down build/acme

demo-keep: $(STAMP)  ## the same, and leave it running with the tour's data in it
	$(BIN)/saasgen demo build/acme

test: $(STAMP)  ## every test: units, real PostgreSQL, real Terraform against the sandbox
	$(BIN)/pytest -n auto

test-changed: $(STAMP)  ## only what the changes since a commit can have broken (SINCE=HEAD)
	$(BIN)/pytest -n auto --changed $(or $(SINCE),HEAD)

test-tiers: $(STAMP)  ## each tier applied, planned again, moved up and destroyed (half an hour)
	$(BIN)/pytest -m tiers

coverage: $(STAMP)  ## branch coverage of generator/ and template/handlers/ (TESTS=tests/generator: by those)
	mkdir -p build/coverage
	$(BIN)/coverage erase
	$(BIN)/pytest -n auto --cov --cov-report=term:skip-covered $(TESTS)

check: $(STAMP)  ## ruff, mypy strict, terraform fmt and validate, template hygiene
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.hygiene

bench: $(STAMP)  ## the figures of the README; writes build/bench.json (ONLY="render api": those)
	$(BIN)/python -m benchmarks $(ONLY)

# Chalice declares what its packager needs; at run time it needs none of it (docs/adr/0005).
lock: $(STAMP)  ## pin what the functions import
	cd template && ../$(BIN)/uv pip compile requirements.in -q --universal --generate-hashes \
	  --python-version 3.11 --no-header --no-annotate -o requirements.lock \
	  $(foreach p,ansicon blessed botocore click editor inquirer jinxed packaging pip \
	  python-dateutil pyyaml readchar runs setuptools six urllib3 wcwidth wheel xmod, \
	  --no-emit-package $(p))

schema: $(STAMP)  ## write what the migrations make of an empty database
	$(BIN)/python -m saasgen.schema template/migrations/schema.sql

docs: $(STAMP)  ## write the reference of the commands
	$(BIN)/python -m tools.documentation

release: $(STAMP)  ## version, changelog, commit and tag of a release (VERSION=0.2.0); pushes nothing
	$(BIN)/python -m release $(VERSION)

$(STAMP): pyproject.toml
	@echo "Installing what saasgen needs into $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check uv
	$(BIN)/uv pip install --python $(BIN)/python -e '.[sandbox,terraform]' --group dev
	touch $@

clean:
	rm -rf build dist $(VENV)
