# `make` lists what can be done. All of it runs in containers; only `make dev` needs a Python.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
export COMPOSE

TEST := $(COMPOSE) -f docker-compose.test.yml -p galley-check
# One short-lived container of the tools.
TOOLS = $(TEST) build --quiet backend && $(TEST) run --rm -T --no-deps backend

##@ The stack
.PHONY: up down logs ps shell psql seed mail migrate
up: ## Build and start everything, and wait until it is healthy
	$(COMPOSE) up -d --build --wait

down: ## Stop everything; the data stays
	$(COMPOSE) down

logs: ## Follow the logs (s=backend for one service)
	$(COMPOSE) logs --follow --tail=100 $(s)

ps: ## Show what runs
	$(COMPOSE) ps --all

shell: ## Open a shell in the backend
	$(COMPOSE) exec backend bash

psql: ## Open psql on the database, as its superuser
	$(COMPOSE) exec db psql --username=postgres galley

seed: ## Fill the database with demo content (args="--users 20 --articles 1000")
	$(COMPOSE) exec backend galley seed $(args)

mail: ## Show the newest mail, while mail is written to a folder
	@$(COMPOSE) exec -T worker galley mail

migrate: ## Bring the database to the newest migration
	$(COMPOSE) run --rm migrate

##@ Checks
.PHONY: check test lint format typecheck imports migrations-check e2e
check: ## Everything that must hold before a commit
	@trap '$(TEST) down --volumes --timeout 1 >/dev/null 2>&1' EXIT; \
	$(TEST) up -d --build --wait --quiet-pull >/dev/null 2>&1 || { $(TEST) up -d --build --wait; exit 1; }; \
	$(TEST) exec -T backend ./check.sh $(group)

test: ## The test suite (args="-k articles -x")
	@trap '$(TEST) down --volumes --timeout 1 >/dev/null 2>&1' EXIT; \
	$(TEST) up -d --build --wait && $(TEST) exec backend pytest -n auto $(args)

lint: ## Style of the code, the Dockerfile and the shell scripts
	@$(TOOLS) ./check.sh lint

typecheck: ## Types
	@$(TOOLS) ./check.sh types

imports: ## The floors: who may import whom
	@$(TOOLS) ./check.sh imports

migrations-check: ## Migrations: up, no drift, down, up
	@$(MAKE) check group=migrations

e2e: ## The real stack, through nginx, on port $${E2E_PORT:-18080}
	backend/tests/e2e/run.sh

##@ How fast it is
.PHONY: bench bench-scale bench-compare
bench: ## Measure the real stack beside its floors, in six minutes (args="--rounds 3")
	@backend/benchmarks/run.sh run $(args)

bench-scale: ## The same pages among 5,000, 100,000 and 1,000,000 articles (SIZES="5000 100000")
	@SIZES="$(SIZES)" backend/benchmarks/run.sh scale

bench-compare: ## Two results side by side (BASE=….json, NEW=….json or else the newest)
	@backend/benchmarks/run.sh compare "$(BASE)" $(NEW)

##@ Work on it
.PHONY: dev format migration openapi clean
# What these two write in the working tree belongs to whoever runs make.
format migration: export GALLEY_TEST_MOUNT = rw
format migration: export GALLEY_TEST_USER = $(shell id -u):$(shell id -g)
dev: ## Serve on :8000 with reload, without Docker
	python3 backend/devtools/dev.py

format: ## Put the code into its one form
	@$(TOOLS) sh -c 'ruff check --fix --quiet . ; ruff format .'

migration: ## Write a migration from the models (m="add tags")
	@: "$${m:?say what it does: make migration m=\"add tags\"}"
	@trap '$(TEST) down --volumes --timeout 1 >/dev/null 2>&1' EXIT; \
	$(TEST) up -d --build --wait && $(TEST) exec backend sh -c \
	  'alembic upgrade head && alembic revision --autogenerate -m "$$1"' -- "$$m"

openapi: ## Write the API's description to openapi.json
	@$(TOOLS) galley openapi >openapi.json

clean: ## Remove the containers, images and caches of checks; never the stack's data
	-$(TEST) down --volumes --rmi local --remove-orphans
	-$(COMPOSE) -p galley-e2e down --volumes --remove-orphans
	-$(COMPOSE) -p galley-bench down --volumes --remove-orphans
	find . -name __pycache__ -prune -exec rm -rf {} +
	rm -rf backend/.{mypy,pytest,ruff}_cache backend/.coverage backend/.hypothesis

##@ Backups
.PHONY: backup restore
backup: ## Write the database to one file in backups/
	@backend/postgres/backup.sh

restore: ## Put a backup into an empty stack (FILE=backups/….dump, FORCE=1 to replace articles)
	@backend/postgres/restore.sh "$(FILE)"

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { gsub(/\$$\$$/, "$$", $$2); printf "  \033[1m%-17s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
