# make run: the page.  make test: every test.  README.md shows the plain pip lines behind them.

VENV ?= .venv
PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& command -v $$p && break; done)
BIN := $(VENV)/bin
DATA ?= ffhq
OUT ?= runs/latest

.PHONY: run test check train evaluate bench licences clean python

run: $(VENV)/run.done
	$(BIN)/streamlit run main.py --server.address=localhost

test: $(VENV)/dev.done
	$(BIN)/python -m pytest

check: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

train: $(VENV)/dev.done
	$(BIN)/python -m model.train --data $(DATA) --out $(OUT) $(ARGS)

evaluate: $(VENV)/dev.done
	$(BIN)/python -m evaluation --data $(DATA) --out $(OUT)

bench: $(VENV)/dev.done
	$(BIN)/python -m benchmarks.speed

licences: $(VENV)/dev.done # of what serving installs, in an environment of its own
	$(BIN)/python -m venv build/serving
	build/serving/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip-licenses --python=build/serving/bin/python --from=mixed --format=markdown \
	--output-file=build/licences.md
	printf '# Licences of what serving installs\n\n' | cat - build/licences.md > docs/LICENCES.md

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed for this TensorFlow."\
	"Install one of them, or name it: make run PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	|| { echo "$$($(PYTHON) --version) will not do: TensorFlow needs Python 3.11, 3.12 or 3.13." >&2; exit 1; }

$(VENV)/bin/pip: | python
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements.txt | $(VENV)/bin/pip
	@echo "Installing into $(VENV): some minutes the first time."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.done: pyproject.toml | $(VENV)/bin/pip
	@echo "Installing into $(VENV): some minutes the first time."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@ $(VENV)/run.done

.PHONY: container-test
container-test: $(VENV)/dev.done # builds and starts the image; see tests/container/conftest.py
	CONTAINER_TEST=1 $(BIN)/python -m pytest -s tests/container
