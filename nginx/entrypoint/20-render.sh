#!/bin/sh
# Chooses the templates that fit the settings, which 10-check.sh has found good, and fills them in.
set -eu

templates=/etc/nginx/templates
snippets=/etc/nginx/snippets

# The only writable place; the image itself is read-only.
conf_d=/tmp/conf.d

# Only these names are filled in; nginx's own variables stay as they are.
names="\$RATE_LIMIT_AUTH \$RATE_LIMIT_WRITE \$RATE_LIMIT_READ \$BURST_AUTH \$BURST_WRITE \$BURST_READ
\$RETRY_AFTER_AUTH \$RETRY_AFTER_WRITE \$RETRY_AFTER_READ \$SERVER_NAMES \$SITE_NAMES \$HTTPS_PORT_SUFFIX \$DEFAULT_SERVER
\$FRONTEND_SCHEME \$FRONTEND_SERVER \$FRONTEND_NAME \$FRONTEND_HOST"

render() {
    for name in "$@"; do envsubst "$names" <"$templates/$name.conf.template"; done
}

requests_of() {
    echo "${1%r/*}"
}

# The seconds after which a used-up limit lets one more request pass.
seconds_between() {
    case $1 in
        */m) echo $(((60 + ${1%r/*} - 1) / ${1%r/*})) ;;
        *) echo 1 ;;
    esac
}

set_limits() {
    BURST_AUTH=$(requests_of "$RATE_LIMIT_AUTH")
    BURST_WRITE=$(($(requests_of "$RATE_LIMIT_WRITE") * 4))
    BURST_READ=$(($(requests_of "$RATE_LIMIT_READ") * 2))
    RETRY_AFTER_AUTH=$(seconds_between "$RATE_LIMIT_AUTH")
    RETRY_AFTER_WRITE=$(seconds_between "$RATE_LIMIT_WRITE")
    RETRY_AFTER_READ=$(seconds_between "$RATE_LIMIT_READ")
    export BURST_AUTH BURST_WRITE BURST_READ RETRY_AFTER_AUTH RETRY_AFTER_WRITE RETRY_AFTER_READ
}

# The host names of SITES_DIR, each of which has a server of its own.
names_of_sites() {
    cat /srv/sites/*.host.conf 2>/dev/null | sed 's/#.*//' | tr -s '[:space:]' ' ' |
        grep -oE '(^|[ ;{])server_name [^;]+' | sed 's/.*server_name //' | tr '\n' ' '
}

names_without_server() {
    for name in $ALLOWED_HOSTS; do
        case " $SITE_NAMES " in *" $name "*) ;; *) printf '%s ' "$name" ;; esac
    done
}

set_servers() {
    SITE_NAMES=$(names_of_sites)
    set -f
    SERVER_NAMES=$(names_without_server)
    set +f
    SERVER_NAMES=${SERVER_NAMES:-localhost}
    HTTPS_PORT_SUFFIX=":$HTTPS_PORT"
    [ "$HTTPS_PORT" != 443 ] || HTTPS_PORT_SUFFIX=''
    DEFAULT_SERVER=''
    export SERVER_NAMES SITE_NAMES HTTPS_PORT_SUFFIX DEFAULT_SERVER
}

# nginx asks name servers only, and Docker writes extra_hosts (host.docker.internal) to /etc/hosts only.
address_in_hosts_file() {
    awk -v name="$1" '!/^#/ { for (i = 2; i <= NF; i++) if ($i == name) { print $1; exit } }' /etc/hosts
}

set_front_end() {
    FRONTEND_SCHEME=${FRONTEND_URL%%://*}
    authority=${FRONTEND_URL#*://}
    authority=${authority%/}
    FRONTEND_NAME=$(echo "$authority" | sed -E 's/:[0-9]+$//')
    port=${authority#"$FRONTEND_NAME"}
    case $FRONTEND_SCHEME in https) default_port=:443 ;; *) default_port=:80 ;; esac

    # Only a name is asked for again; an address stays.
    address=$(address_in_hosts_file "$FRONTEND_NAME")
    case ${address:-$FRONTEND_NAME} in
        \[*\]) FRONTEND_SERVER=$FRONTEND_NAME${port:-$default_port} ;;
        *:*) FRONTEND_SERVER="[$address]${port:-$default_port}" ;;
        *[!0-9.]*) FRONTEND_SERVER="$FRONTEND_NAME${port:-$default_port} resolve" ;;
        *) FRONTEND_SERVER=${address:-$FRONTEND_NAME}${port:-$default_port} ;;
    esac

    # A development server knows itself by the address in the browser, a hosted one only by its own.
    FRONTEND_HOST="\$public_host"
    [ "$FRONTEND_SCHEME" = http ] || FRONTEND_HOST=$authority
    export FRONTEND_SCHEME FRONTEND_SERVER FRONTEND_NAME FRONTEND_HOST
}

render_front_end() {
    render upstreams >"$conf_d/upstreams.conf"
    if [ -n "${FRONTEND_URL:-}" ]; then
        set_front_end
        render front-url-upstream >>"$conf_d/upstreams.conf"
        render front-url >"$conf_d/front.conf"
    elif [ -n "${FRONTEND_DIR:-}" ]; then
        cat "$snippets/front-app.conf" >"$conf_d/front.conf"
    else
        cat "$snippets/front-landing.conf" >"$conf_d/front.conf"
    fi
}

# Whoever asks for another host gets the main front end, unless ALLOWED_HOSTS says what other hosts are.
render_servers() {
    transport=plain
    [ ! -e /etc/nginx/tls/fullchain.pem ] || transport=tls
    render "listen-$transport" | without_missing_ipv6 >"$conf_d/listen.conf"
    [ -n "$ALLOWED_HOSTS" ] || DEFAULT_SERVER=' default_server'
    render "listen-$transport" | without_missing_ipv6 >"$conf_d/listen-main.conf"
    {
        [ -z "$ALLOWED_HOSTS" ] || render "unknown-hosts-$transport"
        render servers
        [ "$transport" = plain ] || render redirect-tls
    } | without_missing_ipv6 >"$conf_d/servers.conf"
}

# Nothing of Galley's own stands at /api but /api/v1, so RealWorld front ends may have the rest.
render_compat() {
    case $COMPAT_APIS in
        *realworld*) cat "$snippets/realworld-at-api.conf" ;;
    esac >"$conf_d/compat.conf"
}

# A machine without IPv6 cannot even open the socket.
without_missing_ipv6() {
    if [ -e /proc/net/if_inet6 ]; then cat; else sed '/listen \[::\]/d'; fi
}

mkdir -p "$conf_d"
: "${ALLOWED_HOSTS:=}" "${COMPAT_APIS:=}"
set_limits
set_servers
render limits >"$conf_d/limits.conf"
render limited >"$conf_d/limited.conf"
render_front_end
render_compat
render_servers
