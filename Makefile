# `make demo` and `make test` work on a fresh machine that has Python 3.11, pip and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
WORKERS ?= 2
BASE ?= HEAD
DEVICE ?= cpu
PY := .venv/bin/python
QUIET := TF_CPP_MIN_LOG_LEVEL=3 OMP_NUM_THREADS=1 JAX_PLATFORMS=cpu $(if $(filter cpu,$(DEVICE)),CUDA_VISIBLE_DEVICES=,DEVICE=$(DEVICE))
PYTEST := $(QUIET) $(PY) -m pytest -q
CODE := src tools tests benchmarks examples
REFERENCES := 4.57 4.35 5.23
PUBLISHED := --reference .venv-ref-4.57/bin/python --reference .venv-ref-5.23/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup check fix test test-full test-changed test-model golden model demo docs bench reference fuzz sentiment clean

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{printf "make %-14s %s\n", $$1, $$2}'

.venv/.stamp: requirements/test.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(PY) -m pip install -q -r requirements/test.txt
	$(PY) -m pip install -q --no-deps -e .
	@touch $@

.venv-demo/.stamp: pyproject.toml
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python -m pip install -q -e .
	@touch $@

.venv-fuzz/.stamp: requirements/fuzz.txt
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install -q -r requirements/fuzz.txt
	@touch $@

.venv-ref-%/.stamp: requirements/reference-%.txt
	$(PYTHON) -m venv .venv-ref-$*
	.venv-ref-$*/bin/python -m pip install -q -r $<
	@touch $@

setup: .venv/.stamp  ## make the environment of check and test

check: .venv/.stamp  ## style, types, the library's own rules, generated files: under a minute
	$(PY) -m ruff check $(CODE)
	$(PY) -m ruff format --check $(CODE)
	$(PY) tools/lint.py
	$(PY) tools/generate.py --check
	$(PY) -m mypy

fix: .venv/.stamp  ## format, sort, write the generated files
	$(PY) -m ruff check --fix $(CODE)
	$(PY) -m ruff format $(CODE)
	$(PY) tools/generate.py

.cache/checkpoints/.stamp: tools/fetch_checkpoints.py
	$(PYTHON) tools/fetch_checkpoints.py
	@touch $@

test: .venv/.stamp .cache/checkpoints/.stamp  ## the tests; PyTorch's on DEVICE=cuda or mps
	$(PYTEST) -n $(WORKERS) --dist loadfile -m "not full and not network" tests

test-full: .venv/.stamp .cache/checkpoints/.stamp  ## the whole matrix
	$(PYTEST) -n $(WORKERS) --dist loadfile -m "not network" tests

test-changed: .venv/.stamp  ## what the change since BASE (HEAD) can reach
	$(QUIET) $(PY) tools/changed_tests.py $(BASE)

test-model: .venv/.stamp  ## every test of one model: NAME=bert
	$(if $(NAME),,$(error give the model: make test-model NAME=bert))
	$(QUIET) $(PY) tools/changed_tests.py --model $(NAME)

golden: .venv-ref-4.57/.stamp  ## record the expected numbers of one model: NAME=bert
	$(if $(NAME),,$(error give the model: make golden NAME=bert))
	env -u PYTHONPATH .venv-ref-4.57/bin/python tools/record_golden.py $(NAME)

model: .venv/.stamp  ## a new model folder that passes the common tests: NAME=foo LIKE=bert
	$(if $(and $(NAME),$(LIKE)),,$(error give both: make model NAME=foo LIKE=bert))
	$(PY) tools/new_model.py $(NAME) --like $(LIKE)

demo: .venv-demo/.stamp  ## the quick tour, with no deep-learning framework installed
	@.venv-demo/bin/python examples/demo.py

docs: .venv/.stamp  ## write the generated page and run every example of README and docs
	$(PY) tools/generate.py
	$(PYTEST) tests/docs

bench: .venv/.stamp .venv-ref-4.57/.stamp .venv-ref-5.23/.stamp .cache/checkpoints/.stamp  ## compare with the published releases, in turns
	$(QUIET) $(PY) benchmarks/imports.py --reference .venv-ref-4.57/bin/python
	$(QUIET) $(PY) benchmarks/tokenization.py --reference .venv-ref-5.23/bin/python
	$(QUIET) $(PY) benchmarks/loading.py $(PUBLISHED)
	$(QUIET) $(PY) benchmarks/generation.py $(PUBLISHED) --dtype float32
	$(QUIET) $(PY) benchmarks/generation.py $(PUBLISHED) --dtype bfloat16
	$(QUIET) $(PY) benchmarks/generation.py $(PUBLISHED) --dtype bfloat16 --bits 8
	$(QUIET) $(PY) benchmarks/kernels.py
	$(QUIET) $(PY) benchmarks/frameworks.py
	$(QUIET) $(PY) benchmarks/continuous.py

fuzz: .venv-fuzz/.stamp  ## fuzz the parsers of files: SECONDS=600 (of each) TARGET=safetensors (all by default)
	.venv-fuzz/bin/python tools/fuzz.py --seconds $(or $(SECONDS),600) $(TARGET)

sentiment: .venv/.stamp  ## train the sentiment model that comes with the package: half an hour
	$(PY) tools/train_sentiment.py --data-dir .cache/sentiment --out src/transformers/pipelines/embedded/sentiment

reference: $(REFERENCES:%=.venv-ref-%/.stamp)  ## the environments of the published releases

clean:  ## remove everything that make has made
	rm -rf .venv .venv-demo .venv-fuzz .venv-ref-* .cache
