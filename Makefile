# caseflow: install | run | test | check | fix | bench | docs
# `make run` and `make test` are all a newcomer needs: each installs first where something is missing.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
TOOLS  := .venv-security
TOOLED := $(TOOLS)/.installed
WAPITI := .venv-wapiti
PORT   ?= 8080
# The rules are our own and nothing is reported to anybody.
SEMGREP := env SEMGREP_SEND_METRICS=off SEMGREP_ENABLE_VERSION_CHECK=0 $(TOOLS)/bin/semgrep

.PHONY: help install run test test-faults test-external test-security check fix bench docs sbom wheel-test lock

help: ## show what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(STAMP) ## make .venv from requirements.lock and put caseflow into it

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "caseflow needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv module. On Debian: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

# Tools that ask for older versions of what caseflow itself uses live in an environment of their own.
$(TOOLED): requirements-security.lock | $(STAMP)
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements-security.lock
	@touch $(TOOLED)

$(WAPITI)/.installed: requirements-wapiti.lock | $(STAMP)
	@test -x $(WAPITI)/bin/python || $(PYTHON) -m venv $(WAPITI)
	$(WAPITI)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements-wapiti.lock
	@touch $@

run: $(STAMP) ## start caseflow with the demo county; Ctrl-C stops it
	CASEFLOW_HOME="$(CURDIR)/.local" $(BIN)/caseflow run --demo --port $(PORT)

# What is compiled is kept even where the environment says not to: the tests start some fifty processes.
test: $(STAMP) ## every test, in two processes, with branch coverage
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --cov --cov-report=term $(PYTEST)

test-faults: $(STAMP) ## the long fault test: hundreds of kills -9, Redis emptied, every reminder counted
	CASEFLOW_TEST_FAULTS=$(or $(STRIKES),250) $(BIN)/python -m pytest -s tests/faults $(PYTEST)

test-external: $(STAMP) ## the integration tests on the servers named by CASEFLOW_TEST_DATABASE_URL and _REDIS_URL
	@test -n "$$CASEFLOW_TEST_DATABASE_URL" && test -n "$$CASEFLOW_TEST_REDIS_URL" || \
		{ echo "set CASEFLOW_TEST_DATABASE_URL and CASEFLOW_TEST_REDIS_URL"; exit 1; }
	$(BIN)/python -m pytest -n 2 tests/integration $(PYTEST)

test-security: $(STAMP) $(TOOLED) $(WAPITI)/.installed ## fuzz every form and scan (schemathesis, wapiti, sqlmap) a server of the tests' own
	CASEFLOW_TEST_SECURITY="$(CURDIR)/$(TOOLS)/bin:$(CURDIR)/$(WAPITI)/bin" PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 0 tests/security $(PYTEST)

check: $(STAMP) $(TOOLED) ## everything that can be told without running the tests; all of it runs, then it fails
	@failed=; \
	try() { echo "== $$*"; "$$@" || failed="$$failed; $$*"; }; \
	try $(BIN)/ruff check --quiet; \
	try $(BIN)/ruff format --check --quiet; \
	try $(BIN)/mypy; \
	try $(BIN)/djlint templates --check --lint --quiet; \
	try $(BIN)/lint-imports --no-cache; \
	try $(SEMGREP) scan --error --quiet --no-git-ignore --config tests/semgrep caseflow templates/pages wsgi.py; \
	try $(SEMGREP) scan --test --quiet tests/semgrep; \
	try $(BIN)/caseflow workflows check; \
	try $(BIN)/caseflow doctor --migrations; \
	try $(BIN)/caseflow workflows docs --output docs/workflows --check; \
	if [ -n "$$failed" ]; then echo "make check failed:$${failed#;}"; exit 1; fi; \
	echo "make check: all of it holds"

fix: $(STAMP) ## mend what the tools can mend by themselves
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/djlint templates --reformat --quiet || true

bench: $(STAMP) ## the numbers of the design, against their floors
	$(BIN)/caseflow bench step

docs: $(STAMP) ## write docs/workflows anew from the workflow files
	$(BIN)/caseflow workflows docs --output docs/workflows

sbom: $(STAMP) $(TOOLED) ## write build/caseflow.cdx.json: every library that runs, with version and hashes (CycloneDX)
	@mkdir -p build
	$(BIN)/python tests/runtime_lock.py > build/runtime.lock
	$(TOOLS)/bin/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible \
		--validate --output-file build/caseflow.cdx.json build/runtime.lock

wheel-test: $(STAMP) ## build the wheel, install it into an empty environment elsewhere, and run it there
	tests/wheel.sh $(BIN)/python

lock: ## resolve the dependencies again (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-header --no-emit-index-url --no-annotate --quiet --output-file requirements.lock
	for one in security wapiti; do uv pip compile requirements-$$one.in --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-header --no-emit-index-url --no-annotate --quiet --output-file requirements-$$one.lock; done
