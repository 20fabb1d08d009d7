#!/bin/sh
# Writes the configuration from the variables that the image of that name takes; a file that is there stays.
set -eu
configuration=/etc/pgbouncer/pgbouncer.ini users=/etc/pgbouncer/userlist.txt

if [ -n "${DB_USER:-}" ] && [ -n "${DB_PASSWORD:-}" ] && ! grep -qs "^\"$DB_USER\"" "$users"; then
    printf '"%s" "%s"\n' "$DB_USER" "$DB_PASSWORD" >>"$users"
fi

if [ ! -f "$configuration" ]; then
    cat >"$configuration" <<INI
[databases]
${DB_NAME:-*} = host=${DB_HOST:?} port=${DB_PORT:-5432} auth_user=${DB_USER:-postgres}

[pgbouncer]
listen_addr = ${LISTEN_ADDR:-0.0.0.0}
listen_port = ${LISTEN_PORT:-5432}
unix_socket_dir =
auth_file = $users
auth_type = ${AUTH_TYPE:-md5}
pool_mode = ${POOL_MODE:-session}
ignore_startup_parameters = ${IGNORE_STARTUP_PARAMETERS:-extra_float_digits}
${SERVER_LOGIN_RETRY:+server_login_retry = $SERVER_LOGIN_RETRY}
INI
fi
exec "$@"
