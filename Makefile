# Needs Python 3.11 to 3.13, git and make; everything else is installed into .venv.
#   make demo            a synthetic patient, its scans segmented, an HTML report
#   make test            lint, layers, types and the fast tests
#   make scan-weights    train, calibrate and pack the shipped weights for scans anew (two and a half hours)
#   make panoramic-weights   those for panoramics, from public data (two and a half hours)
#   make findings-weights    those for findings, from public and synthetic data (six hours)
#   make crown-weights       those for crowns, from synthetic preparations (five hours)
#   make photo-weights       those for landmarks in photographs, from synthetic ones (two and a half hours)
# PYTHON=python3.12      use this interpreter
# CUDA=1                 on Linux, take the default build of torch (several GB) instead of the CPU build

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out/demo
# Both with +cpu: a CPU build of the one does not fit a default build of the other.
TORCH_CPU := torch==2.13.0+cpu torchvision==0.28.0+cpu
TORCH_INDEX := https://download.pytorch.org/whl/cpu
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Keeps the reason why a test was skipped; add e.g. PYTEST_ARGS="-k mesh -x".
PYTEST := $(BIN)/python -m pytest $(PYTEST_ARGS)
NONE_COLLECTED := 5

FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(FITS)' 2>/dev/null && echo $$p && break; done)

.PHONY: help demo scan-weights panoramic-weights findings-weights crown-weights photo-weights test lint slow browser dist gpu coverage clean
help:
	@grep -E '^#  ' Makefile | sed 's/^#  //'

demo: $(VENV)/.installed-train
	@$(BIN)/typodont demo --out $(OUT) --force

scan-weights: $(VENV)/.installed-train
	$(BIN)/typodont train scan docs/how-to/weights/segment.yaml $(WEIGHTS_FLAGS)
	$(BIN)/typodont train scan docs/how-to/weights/pose.yaml $(WEIGHTS_FLAGS)
	$(BIN)/typodont ship scan --segment runs/segment --pose runs/pose --results docs/reference/results/scan_shipped.json

# Needs data/panoramic_ufba, data/panoramic_hitl and data/photo_calculus; docs/how-to/make-the-shipped-weights.md says what they are.
panoramic-weights: $(VENV)/.installed-train
	$(BIN)/typodont synth xray -n 130 --seed 200 --out data/synthetic_panoramics
	$(BIN)/typodont train panoramic docs/how-to/weights/panoramic_base.yaml $(WEIGHTS_FLAGS)
	$(BIN)/typodont train panoramic docs/how-to/weights/panoramic_mixed.yaml $(WEIGHTS_FLAGS)
	$(BIN)/typodont train panoramic docs/how-to/weights/panoramic.yaml $(WEIGHTS_FLAGS)
	$(BIN)/typodont train view docs/how-to/weights/view.yaml $(WEIGHTS_FLAGS)
	$(BIN)/typodont ship panoramic --segment runs/panoramic --view runs/view \
		--measure ufba=data/panoramic_ufba/val.json \
		--earlier runs/panoramic_mixed --before hitl=data/panoramic_hitl \
		--measure-view panoramic=data/panoramic_ufba/val.json photo=data/photo_calculus/valid \
		--results docs/reference/results/panoramic_shipped.json

# Needs data/panoramic_ufba and data/photo_calculus, as above.
findings-weights: $(VENV)/.installed-train
	$(BIN)/typodont synth xray -n 200 --seed 301 --findings rich --out data/synthetic_findings/301
	$(BIN)/typodont synth xray -n 120 --seed 303 --findings rich --out data/synthetic_findings/303
	$(BIN)/typodont synth onto-xray data/panoramic_ufba/train.json --seed 1 --incomplete 'cate6*' --out data/onto_xray
	$(BIN)/typodont synth photo -n 250 --seed 510 --out data/synthetic_photos/510
	$(BIN)/typodont synth photo -n 110 --seed 511 --out data/synthetic_photos/511
	$(BIN)/typodont synth xray -n 60 --seed 901 --findings rich --out data/synthetic_findings_test
	$(BIN)/typodont synth photo -n 40 --seed 900 --out data/synthetic_photos_test
	$(BIN)/typodont train findings docs/how-to/weights/findings_xray_teeth.yaml $(WEIGHTS_FLAGS)
	$(BIN)/typodont train findings docs/how-to/weights/findings_xray.yaml $(WEIGHTS_FLAGS)
	$(BIN)/typodont train findings docs/how-to/weights/findings_photo.yaml $(WEIGHTS_FLAGS)
	$(BIN)/typodont ship findings --xray runs/findings_xray --photo runs/findings_photo \
		--calibrate xray:ufba=data/panoramic_ufba/val.json photo:calculus=data/photo_calculus/valid \
		--synthetic xray:synthetic=data/synthetic_findings_test photo:synthetic=data/synthetic_photos_test \
		--results docs/reference/results/findings_shipped.json

crown-weights: $(VENV)/.installed-train
	$(BIN)/typodont synth crown -n 334 --seed 600 --out data/crowns
	$(BIN)/typodont synth crown -n 100 --seed 950 --out data/crowns_test
	for stage in margin line outer kind; do \
		$(BIN)/typodont train crown docs/how-to/weights/crown_$$stage.yaml $(WEIGHTS_FLAGS) || exit 1; done
	$(BIN)/typodont ship crown --margin runs/crown_margin --line runs/crown_line --outer runs/crown_outer \
		--kind runs/crown_kind --measure data/crowns_test --work runs/crown_measured \
		--results docs/reference/results/crown_shipped.json

photo-weights: $(VENV)/.installed-train
	$(BIN)/typodont synth photo --subject dentition -n 1500 --seed 700 --views 3 --no-meshes --out data/photos_dentition
	$(BIN)/typodont synth photo --subject palate -n 1000 --seed 700 --no-meshes --out data/photos_palate
	for subject in dentition palate; do \
		$(BIN)/typodont synth photo --subject $$subject -n 100 --seed 962 --out data/photos_$${subject}_calibrate && \
		$(BIN)/typodont synth photo --subject $$subject -n 200 --seed 960 --out data/photos_$${subject}_test && \
		$(BIN)/typodont train photo docs/how-to/weights/photo_$$subject.yaml $(WEIGHTS_FLAGS) && \
		$(BIN)/typodont ship photo --landmarks runs/photo_$$subject --calibrate data/photos_$${subject}_calibrate \
			--measure data/photos_$${subject}_test --results docs/reference/results/photo_$$subject.json || exit 1; done

test: lint
	$(PYTEST)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/pyright

# These sets may be empty, or hold only tests that skip on this machine.
slow browser dist gpu: $(VENV)/.installed-dev
	$(PYTEST) -m $@ || test $$? -eq $(NONE_COLLECTED)

coverage: $(VENV)/.installed-dev
	$(PYTEST) --cov --cov-report=term-missing:skip-covered

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

$(BIN)/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(FITS)' 2>/dev/null || { \
		echo "typodont needs Python 3.11, 3.12 or 3.13; found: $$($(or $(PYTHON),python3) --version 2>&1)."; \
		echo "Name one that fits: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip

# The CPU build of torch is a tenth of the default one. It is only a matter of size: without it the default is taken.
$(VENV)/.torch: | $(BIN)/python
	@echo "Installing torch and torchvision"
	@if test "$$(uname -s)" != Linux || test -n "$(CUDA)" || \
		! $(PIP) --retries 1 --timeout 10 $(TORCH_CPU) --extra-index-url $(TORCH_INDEX) 2>/dev/null; then \
		$(PIP) torch torchvision; fi
	@touch $@

$(VENV)/.installed-train: pyproject.toml $(VENV)/.torch
	@echo "Installing typodont"
	@$(PIP) --editable '.[train]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.torch
	@echo "Installing typodont with what the tests need"
	@$(PIP) --editable '.[train,dev]'
	@touch $@ $(VENV)/.installed-train
