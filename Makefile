# Every target creates what it needs: Python 3.11 or newer, git and make are all that has to be there.
#   make demo PYTHON=python3.12     chooses the Python that .venv is made with
PYTHON ?= python3
WORKERS ?= 2

VENV := .venv
READY := $(VENV)/.ready
# nbgrader starts alembic by its name, so the environment's commands have to be on the PATH.
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
# One thread a process: the tests already run side by side, and spinning threads slow each other down.
# In their own order the files end with many short ones; the one with the fewest tests last, a long one would be alone.
PYTEST := OMP_NUM_THREADS=1 python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help demo test test-full lab sync slides book book-students bench lint format

help:
	@echo "make demo       release assignment 3, grade a sample class, say where the reports are"
	@echo "make lab        JupyterLab on the course, with nbgrader's extensions"
	@echo "make sync       bring edits in notebooks to their texts, and in texts to their notebooks"
	@echo "make slides     the lectures as slides: build/slides/index.html"
	@echo "make book       lectures and documentation as a book: build/book/index.html"
	@echo "make book-students  the same without the pages for instructors: build/book-students/index.html"
	@echo "make test       lint, and the test suite with few seeds"
	@echo "make test-full  lint, and everything"
	@echo "make bench      speed"
	@echo "make lint       ruff's findings"
	@echo "make format     ruff's formatting and its safe fixes"

$(READY): pyproject.toml
	@command -v $(PYTHON) > /dev/null && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "The kit needs Python 3.11 or newer, and '$(PYTHON)' is not one." \
	    "Install one and name it, for example: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[class,dev]'
	@touch $@

demo: $(READY)
	$(RUN) python -m autograder.demo

lab: $(READY)
	$(RUN) python -m autograder.lab

sync: $(READY)
	$(RUN) python -m autograder.texts

slides: $(READY)
	$(RUN) python -m publish.slides

book: $(READY)
	$(RUN) python -m publish.book

book-students: $(READY)
	$(RUN) python -m publish.book --for-students

bench: $(READY)
	$(RUN) python -m tests.bench
	$(RUN) python -m tests.bench_grading
	$(RUN) python -m tests.bench_cluster
	$(RUN) python -m tests.bench_alike speed
	$(RUN) python -m tests.bench_populations
	$(RUN) python -m tests.bench_explorers
	$(RUN) python -m tests.bench_capstone

lint: $(READY)
	$(RUN) ruff check
	$(RUN) ruff format --check

format: $(READY)
	$(RUN) ruff check --fix-only
	$(RUN) ruff format

test: lint
	$(RUN) $(PYTEST) -m "not full"

test-full: lint
	$(RUN) $(PYTEST)
