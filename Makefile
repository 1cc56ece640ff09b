# Latchkey's commands. `make` alone lists them. They need Python 3.11 or newer, and work in a path with spaces.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
FORMER := $(VENV).former
LOCKED := $(shell command -v flock >/dev/null 2>&1 && echo flock .venv.lock)
# What an environment rests on: the lock files, the interpreter, and the folder that its scripts name.
MARK    = cat $(1) | cksum; echo "$$version"; pwd -P
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore
# How the C library shares memory out among threads (docs/decisions/0021-memory.md).
MALLOC := glibc.malloc.arena_max=1:glibc.malloc.tcache_count=2
# The number of tests that run at once (three leave two processors no rest), and more options for pytest, such as ARGS="-k refresh".
JOBS ?= 3
ARGS ?=
# More options for bench-scale.
SCALE ?=
# More options for cluster.
CLUSTER ?=
# Set where `make test` runs beside `make check`: the house rules are among the tests.
WITH_TESTS ?=

# A run starts hundreds of processes: what one has compiled the others take.
test coverage check soak: export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help run test coverage check format lock soak cluster bench bench-scale screenshots audit clean environment development browser \
	tools javascript examples

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: environment ## install what is needed, then serve on http://localhost:8000 (settings: HOST, PORT, INSTANCE_PATH)
	@exec env GLIBC_TUNABLES="$${GLIBC_TUNABLES:-$(MALLOC)}" $(BIN)/flask --app wsgi serve

test: development browser tools javascript examples ## run the whole suite: Python, real servers, Chromium, JavaScript
	@$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)
	@if command -v node >/dev/null 2>&1; then \
		tests=$$(find tests/js -name '*.test.js' 2>/dev/null | LC_ALL=C sort); \
		if [ -n "$$tests" ]; then node --test --test-reporter=tap $$tests > .node-tests.log; code=$$?; \
			if [ $$code -ne 0 ]; then cat .node-tests.log; fi; grep -E '^# (tests|pass|fail|skipped|todo) ' .node-tests.log; exit $$code; \
		else echo "JavaScript tests: there are none."; fi; \
	elif [ "$$CI" = true ]; then echo "JavaScript tests need Node.js 20 or newer (Debian: nodejs)." >&2; exit 1; \
	else echo "Skipped: the JavaScript tests, because Node.js is not installed (Debian: nodejs)."; fi

coverage: development browser tools examples ## the Python suite with branch coverage, which must reach 95 % (a third slower than test)
	@$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered $(ARGS)

check: development javascript ## format, lint, types, import contracts, templates, JavaScript types, house rules
	@$(BIN)/ruff format --check --quiet --output-format=concise . || { echo "Run 'make format' to format these files." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports | tail -n 3 > .imports.log; \
		if grep -q ' 0 broken' .imports.log; then tail -n 1 .imports.log; else $(BIN)/lint-imports; exit 1; fi
	@if [ -d templates ]; then $(BIN)/djlint --quiet --lint templates; fi
	@if [ -x node_modules/.bin/tsc ]; then node_modules/.bin/tsc --noEmit -p $$(ls tsconfig.json jsconfig.json 2>/dev/null | head -n 1); fi
	@if [ -z "$(WITH_TESTS)" ]; then $(BIN)/pytest -q -p no:randomly -p no:cacheprovider tests/architecture; fi

format: development ## format the Python code
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix-only .

lock: development ## resolve requirements*.in into requirements*.txt, with hashes
	@$(COMPILE) -o requirements.txt requirements.in
	@$(COMPILE) -o requirements-dev.txt requirements-dev.in

soak: development browser tools examples ## the long tests: more examples, PostgreSQL, endurance
	@SOAK=1 $(BIN)/pytest -n 2 -m soak --timeout 1800 --hypothesis-profile soak $(ARGS)

cluster: development tools ## two nodes, PostgreSQL, a Redis-protocol server and nginx on https://localhost:8443; Ctrl-C stops (CLUSTER="--port 9443")
	@exec $(BIN)/python -m deploy.cluster $(CLUSTER)

bench: development ## the benchmarks, each against a peer or a limit in the same run
	@set -e; found=no; for file in bench/*.py; do case "$$file" in "bench/*.py"|*/_*|*/scale.py) continue;; esac; \
		found=yes; echo "== $$file"; $(BIN)/python "$$file"; done; [ $$found = yes ] || echo "There are no benchmarks yet."

bench-scale: development ## the console at a million accounts, on SQLite and PostgreSQL (about a quarter of an hour; SCALE="--accounts 100000")
	@$(BIN)/python bench/scale.py $(SCALE)

screenshots: development browser ## photograph every page into docs/screenshots/
	@$(BIN)/python -m tests.browser.screenshots docs/screenshots

audit: development ## look for known vulnerabilities in the locked packages (needs the network)
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements.txt
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements-dev.txt

clean: ## remove what can be made again (never instance/, which holds the secrets and the database)
	@rm -rf $(VENV) $(FORMER) .venv.lock node_modules examples/*/node_modules .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis \
		.coverage .coverage.* .imports.log .node-tests.log
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment: # the packages that Latchkey runs on
	@$(call install,runtime,requirements.txt,-r requirements.txt)

development: environment # and those that the tests and checks need
	@$(call install,development,requirements.txt requirements-dev.txt,-r requirements.txt -r requirements-dev.txt)

define probe
import sys
if sys.version_info < (3, 11):
    sys.exit("Latchkey needs Python 3.11 or newer, and this is %d.%d.\n"
             "Install one (Debian: python3 and python3-venv), or name it: make PYTHON=python3.12 run" % sys.version_info[:2])
try:
    import venv, ensurepip
except ImportError:
    sys.exit("This Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv")
print(sys.version)
endef
export probe

# $(1) a name, $(2) the lock files, $(3) them as pip wants them. Looked at twice, so that the loser of a race for the lock
# finds the work done. The mark is written last: an interrupted installation begins again. The runtime begins from nothing,
# so that nothing is left of what an earlier release used; where that fails, the former environment is there again.
define install
	version=$$("$(PYTHON)" -c "$$probe" 2>&1) || { echo "$${version:-$(PYTHON) does not run.}" >&2; exit 1; }; \
	mark=$$($(call MARK,$(2))); \
	if [ "$$mark" = "$$(cat $(VENV)/$(1).mark 2>/dev/null)" ]; then exit 0; fi; \
	export mark; $(LOCKED) sh -ec ' \
		restore() { if [ -e $(FORMER) ]; then rm -rf $(VENV); mv $(FORMER) $(VENV); fi; }; \
		restore; \
		if [ "$$mark" = "$$(cat $(VENV)/$(1).mark 2>/dev/null)" ]; then exit 0; fi; \
		echo "Installing the $(1) packages into $(VENV) (once)."; \
		trap restore EXIT; trap "exit 1" HUP INT TERM; \
		if [ $(1) = runtime ] || ! $(BIN)/python -c "import pip" 2>/dev/null || ! head -n 3 $(BIN)/pip | grep -qF "$$(pwd -P)/$(VENV)/"; then \
			if [ -e $(VENV) ]; then mv $(VENV) $(FORMER); fi; \
			"$(PYTHON)" -m venv $(VENV); \
		fi; \
		$(BIN)/python -m pip install -q -q --no-input --no-compile --require-hashes $(3); \
		printf "%s\n" "$$mark" > $(VENV)/$(1).mark; \
		rm -rf $(FORMER)'
endef

# $(1) the program, $(2) its Debian package, $(3) what needs it. A server that is installed must not start by itself:
# policy-rc.d forbids it, unless somebody has set a policy of their own.
POLICY := /usr/sbin/policy-rc.d
define debian
	@if [ -x $(1) ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; then \
		echo "Installing $(2) with apt-get (once)."; \
		if [ ! -e $(POLICY) ]; then trap 'rm -f $(POLICY)' EXIT; \
			printf '#!/bin/sh\nexit 101\n' > $(POLICY); chmod 755 $(POLICY); fi; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2); } \
			> .$(2).log 2>&1 || { cat .$(2).log >&2; rm -f .$(2).log; exit 1; }; rm -f .$(2).log; \
	elif [ "$$CI" = true ]; then echo "$(1) is missing (Debian: $(2)), and $(3) need it." >&2; exit 1; \
	else echo "Skipped: $(3), because $(1) is missing (Debian: apt-get install $(2))."; fi
endef

browser: # Chromium for the browser tests
	$(call debian,/usr/bin/chromium-headless-shell,chromium-headless-shell,the browser tests)

tools: # nginx and curl for the tests of the examples
	$(call debian,/usr/sbin/nginx,nginx,the tests behind nginx)
	$(call debian,/usr/bin/curl,curl,the tests of the examples)

define packages
	@if [ ! -f $(1)/package-lock.json ]; then exit 0; fi; \
	if command -v npm >/dev/null 2>&1; then \
		$(LOCKED) sh -ec ' \
			mark=$$(cksum < $(1)/package-lock.json); \
			if [ "$$mark" = "$$(cat $(1)/node_modules/.mark 2>/dev/null)" ]; then exit 0; fi; \
			npm ci --prefix $(1) --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null; \
			printf "%s\n" "$$mark" > $(1)/node_modules/.mark'; \
	elif [ "$$CI" = true ]; then echo "npm is missing (Debian: npm), and $(2) need it." >&2; exit 1; \
	else echo "Skipped: $(2), because npm is not installed (Debian: npm)."; fi
endef

javascript: # TypeScript, which only checks types
	$(call packages,.,the JavaScript types)

examples: # the packages of the Node and React examples
	$(call packages,examples/node,the tests of the Node example)
	$(call packages,examples/react,the tests of the React example)
