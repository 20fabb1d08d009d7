#!/bin/bash
# Prepares an empty data folder from the MARIADB_* (or MYSQL_*) variables, then becomes the server.
set -euo pipefail
DATA=/var/lib/mysql
SOCKET=/run/mysqld/mysqld.sock

# Sets MARIADB_$1 from itself, from the file that MARIADB_$1_FILE names, or from the same with MYSQL_.
read_setting() {
    local prefix name file_name value=
    for prefix in MARIADB MYSQL; do
        name=${prefix}_$1 file_name=${prefix}_$1_FILE
        value=${!name:-}
        [ -n "$value" ] || [ -z "${!file_name:-}" ] || value=$(< "${!file_name}")
        [ -z "$value" ] || break
    done
    export "MARIADB_$1=$value"
}

require_a_root_password() {
    if [ -z "$MARIADB_ROOT_PASSWORD$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
        echo "error: the database is not initialized and no root password is set" >&2
        echo "hint: set MARIADB_ROOT_PASSWORD, MARIADB_RANDOM_ROOT_PASSWORD or MARIADB_ALLOW_EMPTY_ROOT_PASSWORD" >&2
        exit 1
    fi
}

as_root() {
    mariadb --protocol=socket --socket="$SOCKET" -uroot --password="$MARIADB_ROOT_PASSWORD" --comments "$@"
}

# Kept under this name: init scripts that are sourced call it.
docker_process_sql() {
    as_root ${MARIADB_DATABASE:+--database="$MARIADB_DATABASE"} "$@"
}

# A text as an SQL literal.
quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

# The statements that make the accounts. The health check's account has no rights beyond connecting.
accounts() {
    local user_at_any="$(quoted "$MARIADB_USER")@'%'" name="\`${MARIADB_DATABASE//\`/\`\`}\`"
    echo "SET @@SESSION.SQL_LOG_BIN=0;"
    echo "DELETE FROM mysql.global_priv WHERE User = '' OR User = 'root' AND Host <> 'localhost';"
    echo "FLUSH PRIVILEGES;"
    echo "ALTER USER root@localhost IDENTIFIED BY $(quoted "$MARIADB_ROOT_PASSWORD");"
    echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$MARIADB_ROOT_PASSWORD");"
    echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    echo "CREATE USER healthcheck@localhost IDENTIFIED BY $(quoted "$1");"
    [ -z "$MARIADB_DATABASE" ] || echo "CREATE DATABASE IF NOT EXISTS $name;"
    if [ -n "$MARIADB_USER" ] && [ -n "$MARIADB_PASSWORD" ]; then
        echo "CREATE USER $user_at_any IDENTIFIED BY $(quoted "$MARIADB_PASSWORD");"
        [ -z "$MARIADB_DATABASE" ] || echo "GRANT ALL ON ${name//_/\\_}.* TO $user_at_any;"
    fi
}

run_init_files() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh)
                echo "init: $file"
                if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) echo "init: $file"; docker_process_sql < "$file" ;;
            *.sql.gz) echo "init: $file"; gunzip -c "$file" | docker_process_sql ;;
            */\*) ;;
            *) echo "init: $file ignored" ;;
        esac
    done
}

# The server that init files talk to listens on its socket only, so nobody sees a half-made database.
initialize() {
    local server health_password root_password=$MARIADB_ROOT_PASSWORD
    mariadb-install-db --datadir="$DATA" --skip-test-db --auth-root-authentication-method=normal > /dev/null
    "$@" --skip-networking --socket="$SOCKET" &
    server=$!
    MARIADB_ROOT_PASSWORD=
    until as_root -e 'SELECT 1' > /dev/null 2>&1; do
        kill -0 "$server" || { echo "error: the server ended while it was prepared" >&2; exit 1; }
        sleep 0.1
    done
    health_password=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
    (MARIADB_ROOT_PASSWORD=$root_password accounts "$health_password") | as_root --database=mysql
    export MARIADB_ROOT_PASSWORD=$root_password
    printf '[mariadb-client]\nuser=healthcheck\npassword=%s\nsocket=%s\n' "$health_password" "$SOCKET" \
        > "$DATA/.my-healthcheck.cnf"
    run_init_files
    kill "$server"
    wait "$server"
    echo 'MariaDB init process done. Ready for start up.'
}

[ "${1:-}" = "${1#-}" ] || set -- mariadbd "$@"
if [ "${1:-}" = mariadbd ] || [ "${1:-}" = mysqld ]; then
    if [ "$(id -u)" = 0 ]; then
        install -d -o mysql -g mysql "$DATA" /run/mysqld
        find "$DATA" \! -user mysql -exec chown mysql: '{}' +
        exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
    fi
    if [ ! -d "$DATA/mysql" ]; then
        for setting in ROOT_PASSWORD ALLOW_EMPTY_ROOT_PASSWORD RANDOM_ROOT_PASSWORD DATABASE USER PASSWORD; do
            read_setting "$setting"
        done
        require_a_root_password
        if [ -n "$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
            MARIADB_ROOT_PASSWORD=$(head -c 18 /dev/urandom | base64)
            echo "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
        fi
        initialize "$@"
    fi
fi
exec "$@"
