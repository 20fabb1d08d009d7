#!/bin/bash
# Prepares an empty data folder from the POSTGRES_* variables, then becomes the server.
set -euo pipefail

# Sets $1 from the file that $1_FILE names, or to the default $2.
from_file_or_default() {
    local name=$1 file_name="$1_FILE"
    if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
        echo "error: both $name and $file_name are set; set one of them" >&2
        exit 1
    fi
    if [ -n "${!file_name:-}" ]; then
        export "$name=$(< "${!file_name}")"
    else
        export "$name=${!name:-${2:-}}"
    fi
    unset "$file_name"
}

require_a_password() {
    if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
        echo "error: the database is not initialized and no superuser password is set" >&2
        echo "hint: set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust for a database open to everybody" >&2
        exit 1
    fi
}

as_superuser() {
    PGHOST='' PGHOSTADDR='' psql --no-psqlrc --no-password -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" "$@"
}

# Kept under this name: init scripts that are sourced call it.
docker_process_sql() {
    as_superuser --dbname "$POSTGRES_DB" "$@"
}

create_cluster() {
    local arguments=(--username="$POSTGRES_USER")
    [ -z "$POSTGRES_PASSWORD" ] || arguments+=(--pwfile=/dev/stdin)
    [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || arguments+=(--waldir="$POSTGRES_INITDB_WALDIR")
    # POSTGRES_INITDB_ARGS is a command line: it is split into words on purpose, quotes included.
    eval "initdb \"\${arguments[@]}\" $POSTGRES_INITDB_ARGS" <<< "$POSTGRES_PASSWORD"
    local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}
    printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
}

run_init_files() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh)
                echo "init: $file"
                if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) echo "init: $file"; docker_process_sql -f "$file" ;;
            *.sql.gz) echo "init: $file"; gunzip -c "$file" | docker_process_sql ;;
            */\*) ;;
            *) echo "init: $file ignored" ;;
        esac
    done
}

# The server that init files talk to listens on its socket only, so nobody sees a half-made database.
initialize() {
    create_cluster
    pg_ctl -D "$PGDATA" -w start -o "${*:+$(printf '%q ' "$@")} -c listen_addresses='' -p ${PGPORT:-5432}"
    if [ "$POSTGRES_DB" != postgres ]; then
        as_superuser --dbname postgres -v name="$POSTGRES_DB" <<< 'CREATE DATABASE :"name";'
    fi
    export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
    run_init_files
    unset PGPASSWORD
    pg_ctl -D "$PGDATA" -m fast -w stop
    echo 'PostgreSQL init process complete; ready for start up.'
}

[ "${1:-}" = "${1#-}" ] || set -- postgres "$@"
if [ "${1:-}" = postgres ]; then
    mkdir -p "$PGDATA"
    if [ "$(id -u)" = 0 ]; then
        chmod 700 "$PGDATA"
        find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
        export HOME=/var/lib/postgresql
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
    fi
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        from_file_or_default POSTGRES_PASSWORD
        from_file_or_default POSTGRES_USER postgres
        from_file_or_default POSTGRES_DB "$POSTGRES_USER"
        from_file_or_default POSTGRES_INITDB_ARGS
        : "${POSTGRES_HOST_AUTH_METHOD:=}"
        require_a_password
        shift
        initialize "$@"
        set -- postgres "$@"
    else
        echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
    fi
fi
exec "$@"
