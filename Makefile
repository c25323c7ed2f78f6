# The front door. `make verify` and `make test` need nothing but Python ≥ 3.11, Rust and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUST   := $(shell find rust_impl -name '*.rs' -o -name '*.toml' -o -name '*.pyi') Cargo.toml Cargo.lock

.PHONY: help verify test fmt lint types docs deny parity record machines bench coverage ffi corpus mutants mutants-bridge engines peers opinions accuracy check build probe clean
.DEFAULT_GOAL := help

help:  ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment belongs to one interpreter: another PYTHON makes it anew, or a matrix would test the wrong version.
INTERPRETER := $(shell $(PYTHON) -c 'import sys; print(sys.base_prefix, sys.version.split()[0])' 2>/dev/null)
ifneq ($(shell cat $(VENV)/.interpreter 2>/dev/null),$(INTERPRETER))
$(VENV)/.dependencies: another-interpreter
endif
.PHONY: another-interpreter

$(VENV)/.dependencies: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Omega needs Python 3.11 or newer; set PYTHON=…"; exit 3; }
	@# Only what this file made is taken away: VENV may name an environment of somebody else.
	if [ -f $@ ] && [ "$$(cat $(VENV)/.interpreter 2>/dev/null)" != "$(INTERPRETER)" ]; then rm -rf $(VENV); fi
	$(PYTHON) -m venv $(VENV)
	@echo "$(INTERPRETER)" > $(VENV)/.interpreter
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev]'
	@touch $@

$(VENV)/.native: $(VENV)/.dependencies $(RUST)
	@command -v cargo >/dev/null || { echo "Omega needs a Rust toolchain (cargo) to build its native half"; exit 3; }
	@# Stamped with the time the build began: a source saved meanwhile is newer, and the next call builds again.
	@touch $@.begun
	VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --quiet --release --locked --manifest-path rust_impl/python/Cargo.toml
	@mv $@.begun $@

build: $(VENV)/.native  ## Set up the environment and build the Rust module

# A copy of the sources, with rule counters and built-in faults. It needs a target folder of its own: cargo knows the
# crates of a workspace by their paths inside it, and would take those of the copy for these.
PROBE := parity/omega_parity/selftest/probe
COPY  := target/probe-sources

$(VENV)/.probe: $(VENV)/.native $(wildcard $(PROBE)/*.toml) $(PROBE)/places.py $(PROBE)/rust_copy.py
	@touch $@.begun
	$(BIN)/python -m omega_parity.selftest.probe.rust_copy . $(COPY)
	cd $(COPY)/rust_impl/probe && VIRTUAL_ENV=$(abspath $(VENV)) CARGO_TARGET_DIR=$(abspath target/probe-build) $(abspath $(BIN))/maturin develop --quiet --profile probe --locked
	@mv $@.begun $@

probe: $(VENV)/.probe  ## Build the module by which the gates prove that they can fail

verify: build probe  ## Run the sample through Python and Rust, compare every bit, print the verdict
	@$(BIN)/omega verify

# The Rust tests of the binding start an interpreter. Where libpython cannot be linked (no development package), they
# are left out; its Python tests need nothing.
LIBPYTHON = $(shell $(BIN)/python -c 'import sysconfig as s, pathlib as p; l = p.Path(s.get_config_var("LIBDIR") or "", s.get_config_var("LDLIBRARY") or ""); print(l.parent if l.is_file() else "")')
CRATES = --workspace $(if $(LIBPYTHON),,--exclude omega-python)
EMBED = PYO3_PYTHON=$(abspath $(BIN)/python) LD_LIBRARY_PATH=$(LIBPYTHON)$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH}

# What the reference makes of some hundred runs and calls, for the core to replay. Made, not committed: a change of a
# rule would rewrite it whole. Without it the core's replay test is not built (feature `corpus`), never passed over.
CORPUS := target/corpus
MAKERS := $(shell find bridge/omega reference_py parity/omega_parity tools/mutants golden -type f ! -name '*.pyc' ! -name '*.so')
$(CORPUS)/.made: $(MAKERS) | $(VENV)/.native
	@mkdir -p $(CORPUS)
	@touch $@.begun
	$(BIN)/python -m mutants.corpus $(CORPUS)
	@mv $@.begun $@

corpus: $(CORPUS)/.made  ## Write what the reference makes of many cases, for the core's tests to replay

# A debug build ends the process where a release reads on: the tests of hostile input run on both.
DEBUG_MODULE = $(abspath target/debug/$(if $(filter Darwin,$(shell uname)),libomega_rust.dylib,libomega_rust.so))

# Over the processors; what a file sets up once is set up by one of them.
SPREAD = --numprocesses auto --dist loadfile
test: build probe corpus  ## Every test: Rust, unit, property, command line, parity gates
	@if command -v cargo-nextest >/dev/null; then $(EMBED) cargo nextest run $(CRATES) --features omega-core/corpus --locked --no-fail-fast; else $(EMBED) cargo test $(CRATES) --features omega-core/corpus --lib --bins --tests --locked; fi
	@# What `omega bench` times inside the core, once and without a look at the time.
	cargo run --package omega-core --example timing --locked --quiet > /dev/null
	cargo run --package omega-core --example positions --locked --quiet > /dev/null
	cargo run --package omega-core --example walking --locked --quiet > /dev/null
	cargo build --package omega-python --locked --quiet
	OMEGA_TEST_NATIVE=$(DEBUG_MODULE) $(BIN)/pytest -q tests/unit/native/test_hostile.py
	$(BIN)/pytest tests $(SPREAD) --cov --cov-report=
	$(BIN)/coverage report
	$(BIN)/pytest parity --gate $(SPREAD)

parity: build probe  ## Only the gates that stand in front of a flag flip
	$(BIN)/pytest parity --gate

record: build probe  ## Record golden cases, gates, checks, faults and rules as they are now; git shows what became less
	$(BIN)/python -m omega_parity.gates.recorded
	$(BIN)/python -m omega_parity.selftest.probe --record > /dev/null

fmt: $(VENV)/.dependencies  ## Format both languages
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cargo fmt
	rustfmt --edition 2024 --config-path rust_impl rust_impl/probe/*.rs

lint: build probe  ## ruff, import-linter, rustfmt, clippy, determinism
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	cargo fmt --check
	cargo clippy --workspace --all-targets --features omega-core/corpus --locked -- -D warnings
	rustfmt --check --edition 2024 --config-path rust_impl rust_impl/probe/*.rs
	cargo clippy --manifest-path $(COPY)/Cargo.toml --target-dir target/probe-build --locked -- -D warnings
	$(BIN)/python -m omega_parity.gates.determinism

types: build  ## mypy --strict, and the stub against the compiled module
	$(BIN)/mypy
	MYPYPATH=bridge:rust_impl/python $(BIN)/python -m mypy.stubtest omega_rust --ignore-disjoint-bases --allowlist rust_impl/python/stubtest-allowlist.txt

docs: build  ## Documentation of both languages: no warning, and every example runs
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
	cargo test --doc --package omega-core --locked
	$(BIN)/pytest tests/docs

# The advisories are a repository of their own that not every machine reaches; `cargo deny check advisories` asks it.
deny:  ## Licences, sources and versions of the Rust dependencies
	@cargo deny --version >/dev/null 2>&1 || cargo install cargo-deny --locked --debug --quiet
	cargo deny --locked check licenses bans sources

# Outside CI: hours. Another number: make machines MACHINES=2000.
MACHINES ?= 50000
machines: build  ## Let the state machine run 50,000 times on both sides, and write down how often it did
	$(BIN)/python -u -m omega_parity.control.machines $(MACHINES)

bench: build  ## Time both sides in one run and print the ratios
	@$(BIN)/omega bench

coverage: build corpus  ## Line coverage of the Rust core (cargo-llvm-cov and LLVM 22)
	LLVM_COV=$${LLVM_COV:-llvm-cov-22} LLVM_PROFDATA=$${LLVM_PROFDATA:-llvm-profdata-22} \
		cargo llvm-cov --package omega-core --features corpus --locked --fail-under-lines 90

ffi: $(VENV)/.native  ## The boundary as a document: signatures, tables, nulls, error codes
	@PYTHONPATH=tools $(BIN)/python -m ffi omega-report/ffi.md

# Outside CI: ten minutes for the reference, half an hour for the core on two processors. CORE_MUTANTS=0/8 draws an eighth.
# DIFF=main: only those of lines that changed since the branch left main, and those of what both sides share with them.
CORE_MUTANTS ?= 0/1
OF_DIFF = $(if $(DIFF),--diff $(DIFF))
mutants: build corpus $(if $(DIFF),mutants-bridge)  ## Let small faults loose in both implementations, and list which nothing notices
	$(BIN)/python -m mutants.core --share $(CORE_MUTANTS) $(OF_DIFF)
	$(BIN)/python -m mutants $(OF_DIFF)

# The unit tests are the judge here, a copy of the checkout the place; measuring what they run takes minutes, once.
# Another sample: make mutants-bridge BRIDGE_MUTANTS='--sample 400 --seed 7'.
BRIDGE_MUTANTS ?= --sample 200 --seed 1
mutants-bridge: build  ## Let small faults loose in what both sides share, and list which no unit test notices
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[mutants]'
	$(BIN)/python -m mutants.bridge $(if $(DIFF),$(OF_DIFF),$(BRIDGE_MUTANTS))

ENGINES := .venv-engines
ENGINES_LOCK := tests/engines/requirements.lock
$(ENGINES)/.installed: pyproject.toml $(ENGINES_LOCK)
	$(PYTHON) -m venv $(ENGINES)
	$(ENGINES)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(ENGINES_LOCK) '.[engines]'
	@touch $@

# They have an environment of their own: what they ask for is no version of ours. Where they cannot be had, it says so.
engines: build  ## Place the same orders in three other engines; what differs has to stand in tests/engines/register.toml
	@if $(MAKE) --no-print-directory $(ENGINES)/.installed; \
	then OMEGA_ENGINES=$(abspath $(ENGINES))/bin/python $(BIN)/pytest tests/engines; \
	else echo "left out: other engines: they did not install here"; fi

# Beside our own packages, and of them the versions that the lock of the project has: all run in one process.
PEERS := .peers
PEERS_LOCK := benchmarks/peers.lock
$(PEERS)/.installed: $(PEERS_LOCK) $(VENV)/.dependencies
	rm -rf $(PEERS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --target $(PEERS) --requirement $(PEERS_LOCK)
	@touch $@

peers: build $(PEERS)/.installed  ## Time the indicators beside TA-Lib, polars-talib, kand and pandas, in one run
	PYTHONPATH=$(abspath $(PEERS)) $(BIN)/python -m benchmarks.peers

accuracy: build  ## Hold logarithms, sums and deviations to exact arithmetic: 10,000,000 arguments, 1,000,000 rows
	$(BIN)/python benchmarks/accuracy.py

# Real bars have to be there: OMEGA_MARKET_DATA.
opinions: build  ## Compare the indicators with TA-Lib and SciPy over real bars
	@if $(MAKE) --no-print-directory $(PEERS)/.installed; \
	then OMEGA_PEERS=1 PYTHONPATH=$(abspath $(PEERS)) $(BIN)/pytest tests/peers; \
	else echo "left out: TA-Lib and SciPy: they did not install here"; fi

check: lint types docs deny test  ## Everything that must pass before a commit lands

clean:  ## Remove what the targets made
	rm -rf $(VENV) $(ENGINES) $(PEERS) target omega-report .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
