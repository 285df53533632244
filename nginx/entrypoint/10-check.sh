#!/bin/sh
# Refuses to start on settings that nginx would misread, with one message that names all of them.
set -eu
LC_ALL=C

complaints=''

complain() {
    complaints="$complaints
  - $1"
}

# A line break would smuggle a second line past grep, and from there into the configuration.
matches() {
    case $1 in *[![:print:]]*) return 1 ;; esac
    printf '%s\n' "$1" | grep -Eqx "$2"
}

check_rate() {
    matches "$2" '[1-9][0-9]{0,5}r/[sm]' ||
        complain "$1 must be a whole number a second or a minute, such as 10r/m or 50r/s (it is '$2')"
}

check_hosts() {
    case $1 in *[![:print:]]*) complain 'ALLOWED_HOSTS must be one line' && return ;; esac
    set -f
    for host in $1; do
        matches "$host" '(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]' ||
            complain "ALLOWED_HOSTS must be names without scheme, port or path, separated by spaces (one is '$host')"
    done
    set +f
}

check_front_end() {
    if [ -n "$FRONTEND_DIR" ] && [ -n "$FRONTEND_URL" ]; then
        complain 'FRONTEND_DIR and FRONTEND_URL are both set: the front end is either served or proxied'
    fi
    if [ -n "$FRONTEND_DIR" ] && [ ! -r /srv/frontend/index.html ]; then
        complain "FRONTEND_DIR must hold a built application with an index.html that user $(id -u) can read (it is '$FRONTEND_DIR')"
    fi
    if [ -n "$FRONTEND_URL" ]; then
        matches "$FRONTEND_URL" 'https?://([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?' ||
            complain "FRONTEND_URL must be like http://host:5173, without a path (it is '$FRONTEND_URL')"
    fi
}

check_sites() {
    [ -r /srv/sites ] && [ -x /srv/sites ] || complain "SITES_DIR must be a folder that user $(id -u) can read"
    for file in /srv/sites/*.conf; do
        case $file in '/srv/sites/*.conf' | *.host.conf | *.path.conf) continue ;; esac
        complain "SITES_DIR holds $(basename "$file"), whose name must end with .host.conf or .path.conf"
    done
    for file in /srv/sites/*.host.conf /srv/sites/*.path.conf; do
        [ ! -e "$file" ] || [ -r "$file" ] || complain "SITES_DIR holds $(basename "$file"), which user $(id -u) cannot read"
    done
}

check_certificates() {
    certificate=/etc/nginx/tls/fullchain.pem
    key=/etc/nginx/tls/privkey.pem
    [ -n "$TLS_DIR" ] || [ -e "$certificate" ] || [ -e "$key" ] || return 0
    for file in "$certificate" "$key"; do
        [ -r "$file" ] ||
            complain "TLS needs a $(basename "$file") that user $(id -u) can read in TLS_DIR (no link that leads out of it)"
    done
}

: "${RATE_LIMIT_AUTH:=}" "${RATE_LIMIT_WRITE:=}" "${RATE_LIMIT_READ:=}" "${HTTPS_PORT:=}"
: "${ALLOWED_HOSTS:=}" "${FRONTEND_DIR:=}" "${FRONTEND_URL:=}" "${TLS_DIR:=}"

check_rate RATE_LIMIT_AUTH "$RATE_LIMIT_AUTH"
check_rate RATE_LIMIT_WRITE "$RATE_LIMIT_WRITE"
check_rate RATE_LIMIT_READ "$RATE_LIMIT_READ"
matches "$HTTPS_PORT" '[1-9][0-9]{0,4}' || complain "HTTPS_PORT must be a port number (it is '$HTTPS_PORT')"
check_hosts "$ALLOWED_HOSTS"
check_front_end
check_sites
check_certificates

[ -z "$complaints" ] || {
    printf 'nginx does not start, because of its settings:%s\n' "$complaints" >&2
    exit 1
}
