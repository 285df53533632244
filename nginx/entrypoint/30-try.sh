#!/bin/sh
# The files in SITES_DIR are written by hand: nginx tries them before it serves.
set -eu

refuse() {
    printf 'nginx does not start, because of its configuration (/srv/sites is SITES_DIR):\n%s\n' "$1" >&2
    exit 1
}

words=$(nginx -t -q 2>&1) || refuse "$words"

# To nginx this is a warning, and one of the two front ends would never be seen.
case $words in *'conflicting server name'*) refuse "$words" ;; esac
