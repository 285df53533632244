#!/usr/bin/env bash
# Write every secret that is missing, once, and every one that .env gives, each time.
#
# Each file can be read by those alone who need it: its owner is postgres (999), which also sets the
# roles' passwords, and its group is the reader's. This container is a member of those groups, so that
# it needs neither root nor any capability to hand a file over.
set -euo pipefail
cd "${1:?the folder of the secrets}"

readonly POSTGRES=999 BACKEND=10001 MIGRATE=10002

put() { # put NAME READER VALUE: write it whole or not at all, whatever stops this script
  local new
  new=$(mktemp ".$1.XXXXXX")
  printf '%s' "$3" >"$new"
  chgrp "$2" "$new"
  chmod 0440 "$new"
  mv -f "$new" "$1"
}

keep() { # keep NAME READER [GIVEN]: the given value, else the one that is there, else a new one
  local name=$1 reader=$2 value=${3:-}
  # Not every reader takes blanks around a secret for a part of it, so there are none.
  value=${value#"${value%%[![:space:]]*}"}
  value=${value%"${value##*[![:space:]]}"}
  if [ -z "$value" ]; then
    [ -s "$name" ] && return
    value=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')
    echo "made $name"
  fi
  put "$name" "$reader" "$value"
}

umask 077
chmod 0711 .
former=$(cat secret_key 2>/dev/null || true)
keep secret_key "$BACKEND" "${SECRET_KEY:-}"
# What the key before this one has signed stays good, until somebody says `forget`. Who says that and
# changes the key at once means the one before.
previous=${SECRET_KEY_PREVIOUS:-}
if [ -n "$previous" ] && [ "$previous" != forget ]; then
  put secret_key_previous "$BACKEND" "$previous"
elif [ -n "$former" ] && [ "$former" != "$(cat secret_key)" ]; then
  put secret_key_previous "$BACKEND" "$former"
elif [ "$previous" = forget ] || [ ! -e secret_key_previous ]; then
  put secret_key_previous "$BACKEND" ""
fi
keep db_password "$BACKEND" "${DB_PASSWORD:-}"
keep db_owner_password "$MIGRATE" "${DB_OWNER_PASSWORD:-}"
keep db_superuser_password "$POSTGRES"
