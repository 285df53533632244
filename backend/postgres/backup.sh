#!/usr/bin/env bash
# Write the database to one file, backups/galley-YYYYMMDD-HHMMSS.dump (or in BACKUP_DIR), in PostgreSQL's
# own custom format.
# It holds everything but the secrets; SECRET_KEY has to be kept beside it, because it seals some of what is in it.
set -euo pipefail
cd "$(dirname "$0")/../.."
read -ra compose <<<"${COMPOSE:-docker compose}"

umask 077 # it has e-mail addresses and password hashes in it
folder=${BACKUP_DIR:-backups}
mkdir -p "$folder"
file=$folder/galley-$(date -u +%Y%m%d-%H%M%S).dump
trap 'rm -f "$file.part"' EXIT

"${compose[@]}" exec -T db pg_dump --username=postgres --format=custom galley >"$file.part"
# Reading the table of contents back shows that the file is whole enough to be one.
"${compose[@]}" exec -T db pg_restore --list >/dev/null <"$file.part"
mv "$file.part" "$file"
echo "wrote $file ($(du -h "$file" | cut -f1))"
