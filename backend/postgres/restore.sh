#!/usr/bin/env bash
# Put a backup into an empty stack: restore.sh FILE. FORCE=1 replaces a database that has articles.
#
# The file is read into a second database, which takes the first one's place only when it is complete:
# a broken file leaves everything as it was.
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
    --set=ON_ERROR_STOP=1 --dbname="$1" --command="$2" </dev/null
}

quietly "${compose[@]}" up -d --wait db
quietly "${compose[@]}" run --rm --no-deps roles
if [ "${FORCE:-}" != 1 ] && [ "$(sql galley "SELECT to_regclass('public.articles') IS NOT NULL")" = t ] \
  && [ "$(sql galley 'SELECT EXISTS (SELECT FROM articles)')" = t ]; then
  echo "restore: the database has articles; to replace them: make restore FILE=$1 FORCE=1" >&2
  exit 1
fi

sql postgres 'DROP DATABASE IF EXISTS galley_restored'
sql postgres "CREATE DATABASE galley_restored OWNER galley_owner TEMPLATE template0
              ENCODING 'UTF8' LOCALE 'C.UTF-8'"
"${compose[@]}" exec -T db pg_restore --username=postgres --exit-on-error --single-transaction \
  --dbname=galley_restored <"$file"

# A running backend loses its connections here and takes new ones: its callers wait, or hear 503 once.
sql postgres 'DROP DATABASE galley WITH (FORCE)'
sql postgres 'ALTER DATABASE galley_restored RENAME TO galley'
# What a dump does not hold is the right to connect; and the backup may be older than the release.
quietly "${compose[@]}" run --rm --no-deps roles
quietly "${compose[@]}" run --rm --no-deps migrate
echo "restored $(basename "$file"): $(sql galley 'SELECT count(*) FROM articles') articles"
