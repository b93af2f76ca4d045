# make site   builds the checked site into site/
# make test   lints, checks the types and runs all tests
# Both do their own set-up in .venv; a second run installs nothing.

# PYTHON makes .venv; for another one later, `make clean` first.
PYTHON ?= python3
VENV := .venv
PIPELINE := .venv-pipeline
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all:
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11.5 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(UPGRADE) pyproject.toml

export NO_MKDOCS_2_WARNING := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: site test test-pipeline serve check lint bench budgets pictures lock clean

site: $(VENV)/site.stamp
	@$(RUN) -m macros build $(ARGS)

test: lint
	@CHROMIUM="$$(tests/browser.sh $(RUN))" && export CHROMIUM && $(RUN) -m pytest --cov

test-pipeline: $(PIPELINE)/stamp ## the runner of diffusers pipelines, with tiny models on the CPU
	@$(PIPELINE)/bin/python -m pytest --confcutdir tests/pipeline tests/pipeline

serve: $(VENV)/site.stamp ## live preview: reloads on every save
	@$(RUN) -m macros serve

check: $(VENV)/site.stamp ## the data only: every problem with file, line and hint
	@$(RUN) -m macros check $(ARGS)

lint: $(VENV)/dev.stamp
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@$(RUN) -m mypy

bench: $(VENV)/dev.stamp ## speed against plain MkDocs, with the share of each stage; SIZES="S M" for a part
	@CHROMIUM="$$(tests/browser.sh $(RUN))" && export CHROMIUM && $(RUN) -m tests.bench $(SIZES)
	@$(MAKE) --no-print-directory budgets

budgets: site $(VENV)/dev.stamp ## weight of the first page, and what Lighthouse says where npm is at hand
	@CHROMIUM="$$(tests/browser.sh $(RUN))" && export CHROMIUM && $(RUN) -m tests.budgets

pictures: site $(VENV)/dev.stamp ## screenshots of the main pages into .pictures/, and the README's
	@CHROMIUM="$$(tests/browser.sh $(RUN))" && export CHROMIUM && $(RUN) -m tests.pictures

lock: $(VENV)/dev.stamp ## after a change of dependencies; UPGRADE=--upgrade takes the newest of all
	@$(LOCK) --output-file requirements.txt
	@$(LOCK) --group dev --constraints requirements.txt --output-file requirements-dev.txt
	@$(subst pyproject.toml,--group pipeline,$(LOCK)) --constraints requirements.txt \
		--output-file requirements-pipeline.txt

clean:
	rm -rf $(VENV) $(PIPELINE) site .site* .pictures .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(VENV)/site.stamp: requirements.txt | $(VENV)/bin/pip
	@echo "Installing what the site needs into $(VENV)"
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/site.stamp
	@echo "Installing what the tests need into $(VENV)"
	@$(INSTALL) -r $<
	@touch $@

$(PIPELINE)/stamp: requirements-pipeline.txt
	@echo "Installing what the runner of pipelines needs into $(PIPELINE), several GB"
	@$(PYTHON) -m venv --clear $(PIPELINE)
	@$(subst $(RUN),$(PIPELINE)/bin/python,$(INSTALL)) -r $<
	@touch $@

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5))' 2>/dev/null || { echo \
		"make: $(PYTHON) is missing or older than 3.11.5; name another: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
		"make: $(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
