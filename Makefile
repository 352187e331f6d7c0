# Every target does the set-up that it needs. As root where there is apt-get, set-up installs the system packages that are
# missing: few for `make demo`, all for the others (`make setup`, or the first of test, quick, check, bench); XMC_NO_APT=1
# forbids it, and then, as for any other user, the command is printed and set-up goes on without.
# tools/provision.py holds the steps and skips those already done.

SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python
XMC := .venv/bin/xmc
ARGS ?=

# A locale that `make setup` made because the system had none.
ifneq ($(wildcard .build/locale/zh_CN.GB18030),)
export LOCPATH := $(CURDIR)/.build/locale
endif

.DEFAULT_GOAL := help
.PHONY: setup demo test quick check bench simulate campaign web lock clean help doctor ready tools package

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | \
	  while IFS=$$'\t' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: ## Prepare everything for running, testing and benchmarking
	@$(PYTHON) tools/provision.py setup
	@$(MAKE) --no-print-directory doctor

demo: ## Prepare what the demonstration needs, then run it
	@$(PYTHON) tools/provision.py demo
	@$(XMC) demo $(ARGS)

doctor: ready
	@$(XMC) doctor

ready:
	@test -x $(XMC) || { echo "make: there is no .venv yet; run: make setup" >&2; exit 2; }

# What `make demo` leaves out, or everything where there is nothing yet.
tools:
	@$(PY) -c "import pytest, mypy" 2>/dev/null || $(PYTHON) tools/provision.py setup

package: ready
	@$(PY) tools/provision.py package

quick: tools ## Unit tests, interpreted, from the sources (under 45 s)
	@$(PY) tools/suite.py quick $(ARGS)

test: tools package ## All tests compiled, unit tests interpreted, 20 simulation seeds, journals equal both ways
	@$(PY) tools/suite.py test

check: tools ## Lint, types, import layers, determinism, links in the documents
	@$(PY) tools/suite.py check

bench: tools package ## Benchmarks
	@$(XMC) bench $(ARGS)

simulate: package ## Simulated days with faults: make simulate ARGS="--seeds 1:100 --faults heavy"
	@$(XMC) simulate $(ARGS)

campaign: package ## An hours-long run, resumable: make campaign NAME=...
	@$(PY) tools/campaign.py $(NAME)

web: ## Build the web UI into the console's static files
	@$(PYTHON) tools/provision.py web

lock: ready ## Write the lock files of the Python packages anew
	@$(PY) tools/provision.py lock

clean: ## Remove what builds produced (.venv stays; remove it by hand)
	@rm -rf .build build dist src/*.egg-info src/cross_market_connect/console/static
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
