# Every target is one short script; CI runs the same ones.
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Where it is set, every process compiles all its libraries anew, which takes two and a half times as long to start.
unexport PYTHONDONTWRITEBYTECODE

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## prepare the environments and front-end files (done by every other target)
	@scripts/setup

up: setup ## start the platform and print its address
	@.venv/bin/lms up

demo: setup ## start a second, filled organisation to look around in
	@.venv/bin/lms up --demo

down: ## end the platform and every lab
	@.venv/bin/lms down

cluster: setup ## start a real Kubernetes for the tests (Linux, root)
	@scripts/cluster up

cluster-down: ## end it and remove everything it made
	@scripts/cluster down

test: setup ## all suites that can run on this machine
	@scripts/test

lint: setup ## formatting, types, floors, migrations, content
	@scripts/lint

bench: setup ## measure, print the tables
	@scripts/bench

soak: setup ## verdicts do not wobble: every variant ten times
	@$(PY) -m bench.soak

lock: ## write the lock files anew
	@scripts/lock

.PHONY: help setup up demo down cluster cluster-down test lint bench soak lock
