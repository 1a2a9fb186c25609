# Two commands do everything: `make site` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: site test soak serve bench check spark lock clean
.PHONY: preview comment releases head publish refresh patch propose

site: $(VENV)/.run
	$(BIN)/alignboard build

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# Hours: kills, full disks, other places, 10 GiB, fuzzing. Parts: make soak SOAK=tests/test_soak_kills.py
SOAK ?=
soak: $(VENV)/.soak
	$(BIN)/python -m pytest -m soak -s $(SOAK)

serve: $(VENV)/.run
	$(BIN)/alignboard serve

bench: $(VENV)/.dev
	$(BIN)/python -m bench

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/actionlint
	$(BIN)/zizmor --offline --quiet --persona pedantic .github
	$(BIN)/alignboard simulate --check
	$(BIN)/alignboard check

# For --engine spark, which needs Java 17 too; half a gigabyte.
spark: $(VENV)/.spark

# What the workflows run: `releases`, `head`, `comment` and `propose` ask GitHub, the others run anywhere.
# ALIGNBOARD_STUDY names the one study that is published; without it, all are.
ALIGNBOARD_STUDY ?=
BASE ?= origin/main
COMMENT ?= preview/comment
REFRESHED ?= preview

preview: $(VENV)/.run
	$(BIN)/alignboard check
	$(BIN)/alignboard preview $(BASE)

comment:
	$(PYTHON) -m builder.github.comment $(COMMENT)

releases:
	$(PYTHON) -m builder.github.releases releases

head:
	$(PYTHON) -m builder.github.head

# The archive, which the attestation is of, has the same bytes wherever it is packed.
publish: $(VENV)/.run
	$(BIN)/alignboard build --require-all --study "$(ALIGNBOARD_STUDY)"
	$(BIN)/alignboard verify-site --publish --study "$(ALIGNBOARD_STUDY)"
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - site | gzip -n > site.tar.gz

refresh: $(VENV)/.run
	$(BIN)/alignboard refresh

patch: $(VENV)/.run
	$(BIN)/alignboard preview HEAD
	git add --intent-to-add data
	git diff --binary --output=preview/data.patch -- data

propose:
	$(PYTHON) -m builder.github.propose $(REFRESHED)/data.patch $(REFRESHED)/comment/comment.md

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "alignboard needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/run.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/dev.txt
	touch $@

$(VENV)/.spark: requirements/spark.txt $(VENV)/.run
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/spark.txt
	touch $@

$(VENV)/.soak: requirements/soak.txt $(VENV)/.dev
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/soak.txt
	touch $@

# Needs uv; the lock files name no index, so that they work with any.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		pyproject.toml --group build --output-file requirements/run.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		pyproject.toml --group build --group dev --output-file requirements/dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		pyproject.toml --extra spark --constraint requirements/dev.txt --output-file requirements/spark.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--group soak --output-file requirements/soak.txt

clean:
	rm -rf $(VENV) site site.tar.gz preview .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
