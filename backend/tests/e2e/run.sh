#!/usr/bin/env bash
# The real stack, end to end: bring it up from nothing, use it through nginx, restart it, scale it, lose it,
# and get it back from a backup. It has a project name and ports of its own, and is gone afterwards.
set -euo pipefail
cd "$(dirname "$0")/../../.."

export HTTP_PORT=${E2E_PORT:-18080} HTTP_BIND=127.0.0.1
export HTTPS_PORT=$((HTTP_PORT + 1))
# Everybody here has one address, so the limits are raised; they are never switched off.
export RATE_LIMIT_AUTH=1000r/s RATE_LIMIT_WRITE=1000r/s RATE_LIMIT_READ=1000r/s
export ATTEMPTS_PER_ACCOUNT=100000 ATTEMPTS_PER_ADDRESS=1000000
# A small front end of ours stands at /, below a path, and under a host name of another origin.
export FRONTEND_DIR=./backend/tests/e2e/front/sites/app SITES_DIR=./backend/tests/e2e/front/sites
export COMPAT_APIS=realworld BACKEND_CORS_ORIGINS=http://elsewhere.test:8080
# What conformance suites register with is what everybody guesses first.
export PASSWORD_BLOCKLIST=false
readonly PROJECT=galley-e2e
read -ra plain <<<"${COMPOSE:-docker compose}"
compose=("${plain[@]}" -p "$PROJECT")
export COMPOSE="${compose[*]}"
BACKUP_DIR=$(mktemp -d)
export BACKUP_DIR
log=$BACKUP_DIR/log
checks=0 started=$SECONDS

finish() {
  local status=$?
  if [ "$status" != 0 ]; then
    cat "$log"
    echo '--- what the stack says of it'
    "${compose[@]}" ps --all || true
    "${compose[@]}" logs --no-color 2>&1 |
      grep -E '"level": "(error|critical)"|FATAL|PANIC|\[(error|crit|alert|emerg)\]' | tail -n 20 || true
  fi
  "${compose[@]}" down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1 || true
  rm -rf "$BACKUP_DIR"
  if [ "$status" = 0 ]; then
    echo "e2e: $checks checks passed in $((SECONDS - started)) s"
  else
    echo "e2e: FAILED after $((SECONDS - started)) s"
  fi
}
trap finish EXIT

step() { # step WORDS COMMAND...: run it silently, and say how long it took
  local words=$1 start=$SECONDS
  shift
  "$@" >"$log" 2>&1 || { echo "FAILED  $words"; exit 1; }
  echo "ok  $words ($((SECONDS - start)) s)"
}

ask() { # ask PYTEST_ARGUMENT...: run checks in a container beside nginx
  docker run --rm --network "${PROJECT}_front" --volume "$PWD:/galley:ro" \
    --env BASE_URL=http://nginx:8080 --env ADMINISTRATOR --env ADMINISTRATOR_PASSWORD \
    --env MAILED_TOKEN --env MAX_EXAMPLES --env READING_SECONDS \
    "${IMAGE:-galley-backend-test}" pytest --rootdir tests/e2e --confcutdir tests/e2e -c tests/e2e/pytest.ini "$@"
}

check() { # check WORDS PYTEST_ARGUMENT...: a step of checks, which are counted
  local words=$1 passed
  shift
  step "$words" ask "$@"
  passed=$(grep -oE '[0-9]+ passed' "$log" | tail -n 1)
  checks=$((checks + ${passed% *}))
}

remember() { check "$1: everything is there" tests/e2e/test_memory.py -m after; }

# The sum of the proportional set sizes, in which what processes share counts once (proc_pid_smaps_rollup(5)).
fits_into_memory() {
  # shellcheck disable=SC2016
  "${compose[@]}" exec -T backend bash -c 'cat /proc/[0-9]*/smaps_rollup 2>/dev/null || true' |
    awk '/^Pss:/ { kb += $2 } END { print kb " kB"; exit kb >= 250000 }'
}

answers_on_the_published_port() {
  exec 3<>"/dev/tcp/127.0.0.1/$HTTP_PORT"
  printf 'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  grep -q healthy <&3
}

gixy_finds_nothing() {
  "${compose[@]}" exec -T nginx nginx -T 2>/dev/null | docker run --rm -i galley-backend-test gixy -
}

names_a_bad_site() { # a slip of the pen in SITES_DIR: nginx does not start, and says where
  mkdir "$BACKUP_DIR/bad"
  echo 'serve_name app.example.org;' >"$BACKUP_DIR/bad/app.host.conf"
  if SITES_DIR=$BACKUP_DIR/bad "${compose[@]}" run --rm --no-deps -T nginx nginx -v >"$log.site" 2>&1; then
    return 1
  fi
  grep -q 'unknown directive "serve_name" in /srv/sites/app.host.conf:1' "$log.site"
}

the_examples_are_sound() { # what nginx/sites tells people to copy
  local each
  mkdir "$BACKUP_DIR/sites"
  for each in nginx/sites/*.example; do cp "$each" "$BACKUP_DIR/sites/$(basename "$each" .example)"; done
  SITES_DIR=$BACKUP_DIR/sites "${compose[@]}" run --rm --no-deps -T nginx nginx -T 2>/dev/null \
    | docker run --rm -i galley-backend-test gixy -
}

scale_while_reading() {
  local since
  since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  ask tests/e2e/test_scaling.py &
  "${compose[@]}" up -d --wait --scale backend=3
  wait $!
  "${compose[@]}" logs --no-log-prefix --since "$since" nginx >"$log.nginx"
  [ "$(grep -oE '"upstream":"[0-9.:]+"' "$log.nginx" | sort -u | wc -l)" -ge 3 ]
}

refuses_to_overwrite() { ! backend/postgres/restore.sh "$1"; }

the_tour() { # what the README asks a newcomer to paste, on this run's port
  # shellcheck disable=SC2016 # the backquotes are Markdown's
  sed -n '/<!-- tour -->/,/<!-- end of tour -->/p' README.md | sed -n '/^```sh$/,/^```$/{/^```/!p;}' \
    | sed "s/localhost:8080/localhost:$HTTP_PORT/" | bash -e | tee "$log.tour"
  [ "$(grep -o '"status":404' "$log.tour" | wc -l)" = 2 ]
  [ "$(grep -o '"status":412' "$log.tour" | wc -l)" = 1 ]
  [ "$(grep -c '^2..$' "$log.tour")" = 8 ]
  grep -q '"op":"insert","text":"four' "$log.tour"
  grep -q '^308 http://.*/api/v1/articles/anna-[0-9]*-at-noon$' "$log.tour"
  [ "$(grep -o '<mark>' "$log.tour" | wc -l)" -ge 3 ]
  grep -q '"kind":"article"' "$log.tour"
}

kill_the_worker() { # as the kernel does when memory is short; Docker starts it again
  # shellcheck disable=SC2016 # the variables are the container's
  "${compose[@]}" exec -T worker bash -c '
    for process in /proc/[0-9]*; do
      if grep -q "app[.]worker" "$process/cmdline"; then kill -9 "${process#/proc/}"; fi
    done'
}

runs_again() { # runs_again SERVICE: wait until Docker has started it anew
  for _ in $(seq 60); do
    "${compose[@]}" exec -T "$1" true 2>/dev/null && return
    sleep 0.5
  done
  return 1
}

mailed_token() { # the token of the link in the newest mail, once it has arrived
  runs_again worker
  MAILED_TOKEN=$("${compose[@]}" exec -T worker python -c '
import email.policy, pathlib, re, time
for _ in range(60):
    time.sleep(0.5)
    mails = sorted(pathlib.Path("/var/lib/galley/mail").glob("*.eml"))
    if mails:
        mail = email.message_from_bytes(mails[-1].read_bytes(), policy=email.policy.default)
        print(re.search(r"#token=(\S+)", mail.get_body(("plain",)).get_content())[1])
        break')
  export MAILED_TOKEN
  [ -n "$MAILED_TOKEN" ]
}

an_administrator() {
  export ADMINISTRATOR=root@example.org ADMINISTRATOR_PASSWORD=galley-e2e-administrator
  "${compose[@]}" exec -T backend galley create-admin "$ADMINISTRATOR" --username root \
    --password-stdin <<<"$ADMINISTRATOR_PASSWORD"
}

"${compose[@]}" down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1
step 'the images are built' "${compose[@]}" build
step 'the tools are built' "${plain[@]}" -f docker-compose.test.yml build backend
step 'the browser is built' docker build --target browser --tag galley-backend-browser backend
step 'healthy from empty volumes' "${compose[@]}" up -d --wait
step 'two workers at rest fit into 250 MB' fits_into_memory
step "nginx answers on 127.0.0.1:$HTTP_PORT" answers_on_the_published_port
step 'gixy finds nothing in the configuration of nginx' gixy_finds_nothing
step 'a bad file of a front end is named' names_a_bad_site
step 'the examples of front ends are sound' the_examples_are_sound
check 'a person signs up, writes, publishes, reads and deletes' tests/e2e/test_journey.py
step 'the tour of the README does what it says' the_tour
check 'the keeper writes' tests/e2e/test_memory.py -m before

check 'people stay signed in, and are signed out everywhere' tests/e2e/test_accounts.py \
  -m 'not before and not after'
check 'the keeper has forgotten the password' tests/e2e/test_accounts.py -m before
step 'the worker dies' kill_the_worker
step 'the mail arrives all the same' mailed_token
check 'its link sets a new password, once' tests/e2e/test_accounts.py -m after

IMAGE=galley-backend-browser check 'a front end works in a browser: at /, below a path, from elsewhere' \
  tests/e2e/test_front.py
mapfile -t realworld < <(cd backend && ls tests/e2e/test_realworld_*.py)
check 'RealWorld is spoken word for word' "${realworld[@]}"
check 'readers have seen pages' tests/e2e/test_cache.py -m before
step 'every backend stops' "${compose[@]}" stop backend
check 'what was read is still there' tests/e2e/test_cache.py -m after
step 'they start again' "${compose[@]}" up -d --wait
check 'a change is seen by everybody within a second' tests/e2e/test_cache.py -m 'not before and not after'

for service in secrets db roles migrate backend worker nginx; do
  "${compose[@]}" restart "$service" >"$log" 2>&1
  remember "restarted $service"
done

step 'three backends answer, and readers notice nothing' scale_while_reading
remember 'scaled to 3'

step 'a backup is written' backend/postgres/backup.sh
backup=$(ls "$BACKUP_DIR"/*.dump)
step 'a restore over articles is refused' refuses_to_overwrite "$backup"
step 'every volume is destroyed' "${compose[@]}" down --volumes --timeout 5
step 'an empty stack stands' "${compose[@]}" up -d --wait
step 'the backup is restored' backend/postgres/restore.sh "$backup"
remember 'restored'
step 'it is restored again, by force' env FORCE=1 backend/postgres/restore.sh "$backup"
remember 'restored by force'

step 'an administrator is made' an_administrator
check 'schemathesis finds no lie in the API description' tests/e2e/test_schema.py
