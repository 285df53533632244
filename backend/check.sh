#!/usr/bin/env bash
# Every check, in the order of how fast it fails: one line a step, and the output of the first failure.
#
#   check.sh              all of them
#   check.sh lint ...     the named groups: lint, types, imports, migrations, tests
set -euo pipefail
cd "$(dirname "$0")"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() { # step COMMAND [ARGUMENT...]: run it silently, and say how it went
  local start=$EPOCHREALTIME
  if ! "$@" >"$log" 2>&1; then
    printf 'FAILED  %s\n\n' "$*"
    cat "$log"
    exit 1
  fi
  awk -v start="$start" -v end="$EPOCHREALTIME" -v name="$*" \
    'BEGIN { printf "ok  %s (%.1f s)\n", name, end - start }'
}

check_lint() {
  step ruff check .
  step ruff format --check .
  step hadolint Dockerfile benchmarks/Dockerfile
  step shellcheck ../.ci/run ../nginx/entrypoint/*.sh ./*.sh benchmarks/*.sh postgres/*.sh tests/e2e/*.sh
}

check_types() {
  step mypy app tests benchmarks
}

check_imports() {
  step lint-imports --no-cache
}

check_migrations() {
  step alembic upgrade head
  step alembic check
  step alembic downgrade base
  step alembic upgrade head
}

check_tests() {
  step pytest -n auto --dist worksteal --cov --cov-report=term
  grep '^TOTAL' "$log"
  tail -n 1 "$log"
}

for group in "${@:-lint types imports migrations tests}"; do
  # The default is one string of all groups.
  for name in $group; do "check_$name"; done
done
