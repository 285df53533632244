#!/usr/bin/env bash
# Starts the real stack beside its floors, fills it, lets the container `measure` measure, and takes all of it down.
#
#   run.sh run [--rounds 5] [--seconds 2]   reading and writing, each beside its floor: under six minutes
#   run.sh scale                            the same pages among 5,000, 100,000 and 1,000,000 articles
#   run.sh flame                            where the time of a request goes, as flame graphs
#   run.sh page                             the newest of all that, into docs/performance.md
#   run.sh compare BASE.json [NEW.json]     two results side by side; NEW is the newest one if it is not named
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly MEASURE=galley-bench-measure
read -ra sizes <<<"${SIZES:-5000 100000 1000000}"
# Everybody here has one address, so the limits are raised; they are never switched off.
export RATE_LIMIT_AUTH=900000r/s RATE_LIMIT_WRITE=900000r/s RATE_LIMIT_READ=900000r/s
export ATTEMPTS_PER_ACCOUNT=100000 ATTEMPTS_PER_ADDRESS=1000000 ACCESS_TOKEN_MINUTES=1440
# On a busy machine a request waits for its turn, instead of being refused.
export DB_POOL_TIMEOUT=10
# Two applications connect to one database here, each as if it were alone.
export DB_MEMORY=1536m
export COMPAT_APIS=realworld SITES_DIR=./backend/benchmarks/nginx

read -ra compose <<<"${COMPOSE:-docker compose}"
results=$PWD/backend/benchmarks/results
log=$(mktemp)
# The files of the second floor, which `measure` writes and nginx reads.
STATIC_DIR=$(mktemp -d)
export STATIC_DIR
chmod 755 "$STATIC_DIR"
projects=() started=$SECONDS

stack() { # stack PROJECT ARGUMENT...: what stands in .env is how this machine serves, and no matter here
  "${compose[@]}" -p "$1" --env-file /dev/null --project-directory . \
    -f docker-compose.yml -f backend/benchmarks/compose.yml "${@:2}"
}

exec 3>&1
finish() {
  local status=$? project
  trap '' INT TERM
  exec 1>&3 2>&3 # a step that is interrupted has its own
  # Whoever pressed ctrl-C knows why it ended.
  [ "$status" != 130 ] || status=0
  [ "$status" = 0 ] || cat "$log" || true
  docker rm --force "$MEASURE" >/dev/null 2>&1 || true
  for project in "${projects[@]}"; do
    [ "$status" = 0 ] || stack "$project" logs --no-color --tail 5 2>&1 | cut -c 1-300 || true
    stack "$project" down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1 || true
  done
  rm -rf "$log" "$STATIC_DIR"
  [ "${#projects[@]}" = 0 ] || echo "It took $((SECONDS - started)) s, and everything is taken down."
}
trap finish EXIT
trap 'exit 130' INT TERM

step() { # step WORDS COMMAND...: run it silently, and say how long it took
  local words=$1 start=$SECONDS
  shift
  "$@" >"$log" 2>&1 || { echo "FAILED  $words"; exit 1; }
  echo "ok  $words ($((SECONDS - start)) s)"
}

build() {
  stack galley-bench build --quiet backend
  docker build --quiet --tag galley-measure backend/benchmarks
}

seed() { # seed PROJECT ARTICLES WORDS REVISIONS: the articles that the tests of scale have, too
  {
    # Nobody misses what is lost with the machine meanwhile.
    printf 'ALTER SYSTEM SET %s;\n' 'fsync = off' 'full_page_writes = off' "max_wal_size = '8GB'"
    printf '%s\n' 'SELECT pg_reload_conf() \gset' '\set ON_ERROR_STOP on' 'BEGIN;' \
      "\\set articles $2" "\\set words $3" "\\set revisions $4" "\\set until '''2026-11-01T00:00:00Z'''"
    cat backend/tests/scale/seed.sql
    printf '%s\n' 'COMMIT;' 'VACUUM ANALYZE;' 'ALTER SYSTEM RESET ALL;' 'SELECT pg_reload_conf() \gset' 'CHECKPOINT;'
  } | stack "$1" exec -T db psql --no-psqlrc --quiet --username=postgres --dbname=galley
}

begin() { # begin PROJECT SERVICE...: from empty volumes
  projects+=("$1")
  stack "$1" down --volumes --remove-orphans --timeout 5
  stack "$1" up -d --wait "${@:2}"
}

containers() { # those whose work is counted: SERVICE=ID ..., with its size where there are several stacks
  local project service
  for project in "${projects[@]}"; do
    for service in nginx backend floor db worker; do
      echo -n "$service${project#galley-bench}=$(stack "$project" ps --quiet "$service") "
    done
  done
}

measure() { # measure ARGUMENT...: in a container on the stacks' own networks, past Docker's proxies of ports
  local project
  docker create --name "$MEASURE" --user "$(id -u):$(id -g)" --network "${projects[0]}_front" \
    --env "CONTAINERS=$(containers)" --volume "$PWD/backend/benchmarks:/galley/benchmarks:ro" \
    --volume "$results:/results" --volume "$STATIC_DIR:/static" --volume /sys/fs/cgroup:/host/cgroup:ro \
    galley-measure "$@" >"$log"
  for project in "${projects[@]:1}"; do docker network connect "${project}_front" "$MEASURE"; done
  docker start --attach "$MEASURE"
}

case ${1:-} in
  run)
    step 'the images are built' build
    started=$SECONDS
    step 'healthy from empty volumes' begin galley-bench
    step '5,000 articles' seed galley-bench 5000 300 true
    measure "$@"
    ;;
  scale)
    step 'the images are built' build
    started=$SECONDS
    for size in "${sizes[@]}"; do
      step 'healthy from empty volumes' begin "galley-bench-$size" nginx
      step "$size articles" seed "galley-bench-$size" "$size" 60 false
    done
    measure scale "${sizes[@]}"
    ;;
  flame)
    # One process, which is asked past nginx's cache in the floor's place.
    export FLOOR=benchmarks.sampled:app WEB_CONCURRENCY=1
    step 'the images are built' build
    step 'healthy from empty volumes' begin galley-bench
    step '5,000 articles' seed galley-bench 5000 300 true
    measure "$@"
    ;;
  compare)
    step 'the image is built' docker build --quiet --tag galley-measure backend/benchmarks
    newest=$(find "$results" -name '*Z.json' | sort | tail -n 1)
    docker run --rm --volume "$PWD/backend/benchmarks:/galley/benchmarks:ro" \
      --volume "$(realpath "${2:?which result?}"):/base.json:ro" --volume "$(realpath "${3:-$newest}"):/new.json:ro" \
      galley-measure compare /base.json /new.json
    ;;
  page)
    step 'the image is built' docker build --quiet --tag galley-measure backend/benchmarks
    docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD/backend/benchmarks:/galley/benchmarks:ro" \
      --volume "$results:/results:ro" --volume "$PWD/docs:/docs" galley-measure page
    ;;
  *)
    sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p;}' "$0"
    exit 2
    ;;
esac
