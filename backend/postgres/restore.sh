#!/usr/bin/env bash
# Put a backup into an empty stack: restore.sh FILE. FORCE=1 replaces a database that has articles.
#
# The file is read into galley_restored and migrated there. Only when both have worked do the names
# change, both or neither; what was there until then is dropped last. Whatever fails or stops this
# script, `galley` is the old database or the new one, and whole; the next run clears up.
set -euo pipefail
file=$(realpath -- "${1:?which file? make restore FILE=backups/galley-….dump}")
cd "$(dirname "$0")/../.."
read -ra compose <<<"${COMPOSE:-docker compose}"
[ -s "$file" ] || { echo "restore: $file is missing or empty" >&2; exit 1; }

quietly() { # quietly COMMAND...: show what it says only if it fails
  local said
  said=$("$@" 2>&1) || { echo "$said" >&2; return 1; }
}
sql() { # sql DATABASE STATEMENT
  "${compose[@]}" exec -T db psql --username=postgres --no-psqlrc --quiet --tuples-only --no-align \
    --set=ON_ERROR_STOP=1 --dbname="$1" --command='SET client_min_messages = warning' \
    --command="$2" </dev/null
}
exists() { [ "$(sql postgres "SELECT EXISTS (SELECT FROM pg_database WHERE datname = '$1')")" = t ]; }
has_table() { sql "$1" "SELECT to_regclass('public.$2') IS NOT NULL"; }
# What an interrupted run has left behind may still be writing there, hence the force.
drop() { sql postgres "DROP DATABASE IF EXISTS $1 WITH (FORCE)"; }

swap() { # give both databases their new names in one transaction, unless somebody slips in between
  quietly sql postgres "
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('galley', 'galley_restored');
    ALTER DATABASE galley RENAME TO galley_before_restore;
    ALTER DATABASE galley_restored RENAME TO galley"
}

quietly "${compose[@]}" up -d --wait db
# This comes before the roles, which would make an empty one in its place.
if ! exists galley && exists galley_before_restore; then
  sql postgres 'ALTER DATABASE galley_before_restore RENAME TO galley'
fi
quietly "${compose[@]}" run --rm --no-deps roles
has_articles=$(has_table galley articles)
[ "$has_articles" = f ] || has_articles=$(sql galley 'SELECT EXISTS (SELECT FROM articles)')
if [ "$has_articles" = t ]; then
  drop galley_before_restore # an interrupted run had only this left to do
  if [ "${FORCE:-}" != 1 ]; then
    echo "restore: the database has articles; to replace them: make restore FILE=$1 FORCE=1" >&2
    exit 1
  fi
fi

trap 'drop galley_restored; echo "restore: failed; the database is as it was" >&2' EXIT
drop galley_restored
sql postgres "CREATE DATABASE galley_restored OWNER galley_owner TEMPLATE template0
              ENCODING 'UTF8' LOCALE 'C.UTF-8'"
"${compose[@]}" exec -T db pg_restore --username=postgres --exit-on-error --single-transaction \
  --dbname=galley_restored <"$file"
if [ "$(has_table galley_restored alembic_version)" != t ]; then
  echo "restore: $file is no backup of Galley" >&2
  exit 1
fi
# The backup may be older than the release. If it is newer, this refuses it.
quietly "${compose[@]}" run --rm --no-deps -e DB_NAME=galley_restored migrate

# A running backend loses its connections here and takes new ones: its callers wait, or hear of it once.
drop galley_before_restore
swap || swap || swap
trap - EXIT
# What a dump does not hold is the right to connect.
quietly "${compose[@]}" run --rm --no-deps roles
drop galley_before_restore
echo "restored $(basename "$file"): $(sql galley 'SELECT count(*) FROM articles') articles"
