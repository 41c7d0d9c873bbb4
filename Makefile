# Needs git, make and python3-venv; everything else goes into .venv, by the locked requirements.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip
READY := .venv/ready

# Trust whom the machine trusts, as pip does: behind a site's own proxy uv's own list is not enough.
export UV_SYSTEM_CERTS ?= 1

# Once for all, when it is installed: else the first start of the program compiles its libraries.
export UV_COMPILE_BYTECODE ?= 1

.PHONY: help demo test integration integration-xen bench bench-libvirt check format lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## chat with the bot about a simulated fleet (KEEP=1 keeps its files)
	@exec $(BIN)/maint --demo chat

test: $(READY) ## run the tests that need nothing but this checkout
	$(BIN)/python -m pytest tests --ignore=tests/integration --ignore=tests/benchmarks \
		--numprocesses auto --dist loadfile

integration: $(READY) ## run the tests against real servers, naming what is skipped
	$(BIN)/python -m pytest tests/integration --ignore=tests/integration/xen \
		--ignore=tests/integration/libvirt -rs
	tests/integration/libvirt/inside $(BIN)/python -m pytest tests/integration/libvirt -rs

bench-libvirt: $(READY) ## measure the downtime of real guests beside libvirt-guests
	tests/integration/libvirt/inside sh -c '$(BIN)/python -m tests.integration.libvirt.overhead && \
		$(BIN)/python -m tests.integration.libvirt.downtime'

integration-xen: $(READY) ## the same on a Xen host in an emulator (XENLAB_SCRIPTS=its folder), an hour
	$(BIN)/python -m pytest tests/integration/xen -rs

bench: $(READY) ## measure, and compare with the stated bounds
	$(BIN)/python -m tests.benchmarks

check: $(READY) ## lint, format, types and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY) ## mend what can be mended by itself
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

# Hashes, no addresses: where packages come from is each user's own configuration.
COMPILE := $(UV) compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: $(BIN)/uv ## write the requirements anew from pyproject.toml (UPGRADE=1: the newest)
	$(COMPILE) pyproject.toml --extra postgres --group dev --output-file requirements.txt
	$(COMPILE) --group bootstrap --output-file requirements-uv.txt

clean: ## remove .venv and all caches
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The chatter of the set-up goes to stderr, and it reads nothing: stdin belongs to the demo.
# pip comes last into a new .venv, so one without it was interrupted and is made anew.
$(BIN)/uv: requirements-uv.txt
	@echo "Setting up .venv" >&2
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv </dev/null >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements-uv.txt </dev/null >&2
	@touch $@

$(READY): $(BIN)/uv requirements.txt pyproject.toml
	@$(UV) sync --quiet --python $(BIN)/python --require-hashes requirements.txt </dev/null >&2
	@$(UV) install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . \
		</dev/null >&2
	@$(UV) check --quiet --python $(BIN)/python </dev/null >&2
	@touch $@
