# Everything runs from `.venv`; on Windows use `make VENV_BIN=.venv/Scripts`.
PYTHON ?= python3
VENV_BIN ?= .venv/bin
READY := .venv/.ready
RUN := $(VENV_BIN)/python
SAMPLE := sample_bills/2026-10
OUT := out/2026-10

.PHONY: help verify-mutations demo check test lint golden samples bench fuzz wheel clean
help:
	@echo "make demo    set up .venv and reconcile the sample month"
	@echo "make check   ruff, mypy, import-linter and the fast tests: the working day"
	@echo "make test    the same with every test"
	@echo "make golden  rewrite the golden files (look at the difference before you commit it)"
	@echo "make samples rewrite sample_bills/ with the simulator"
	@echo "make fuzz    damaged files by the thousand (MINUTES=1 SEED=random WORKERS=2; COUNTS=file; KEEP=folder for the bad ones)"
	@echo "make verify-mutations  10,000 small changes of outputs, all to be refused"
	@echo "make bench   one million orders: ecrecon beside plain Polars and pandas"

$(READY): pyproject.toml constraints.txt
	test -x $(RUN) || $(PYTHON) -m venv .venv
	$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $(READY)

# The sample month holds faults on purpose, so exit code 1 (variances found) is the right answer here.
demo: $(READY)
	$(RUN) -m ecrecon match $(SAMPLE) --out $(OUT) || test $$? -eq 1
	@echo "report: $(OUT)/report.xlsx"

lint: $(READY)
	$(RUN) -m ruff check src tests benchmarks
	$(RUN) -m ruff format --check src tests benchmarks
	$(RUN) -m mypy
	$(VENV_BIN)/lint-imports

check: lint
	$(RUN) -m pytest -n 2 --dist worksteal -m "not slow"

test: lint
	$(RUN) -m pytest -n 2 --dist worksteal

golden: $(READY)
	$(RUN) -m tests.golden.write

samples: $(READY)
	$(RUN) -m benchmarks.simulator sample

bench: $(READY)
	$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev,bench]"
	$(RUN) -m benchmarks.compare

fuzz: $(READY)
	$(RUN) -m benchmarks.fuzz --minutes $(or $(MINUTES),1) --workers $(or $(WORKERS),2) $(if $(SEED),--seed $(SEED)) $(if $(COUNTS),--counts $(COUNTS)) $(if $(KEEP),--keep $(KEEP))

wheel: $(READY)
	$(RUN) -m build --wheel

# 10,000 changes by one cent or one row of what two months write; every one has to be refused.
verify-mutations: $(READY)
	$(RUN) -m ecrecon match $(SAMPLE) --out $(OUT) --quiet || test $$? -eq 1
	$(RUN) -m benchmarks.simulator --out out/company --variant full --orders 300 --seed 4 --sides erp,bank
	$(RUN) -m ecrecon match out/company --out out/company.result --quiet || test $$? -eq 1
	$(RUN) -m benchmarks.mutate_outputs $(OUT) out/company.result --changes 10000 --laws-every 20

clean:
	rm -rf .venv dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis
