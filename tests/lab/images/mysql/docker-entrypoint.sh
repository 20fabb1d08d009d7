#!/bin/bash
# Prepares an empty data folder from the MYSQL_* variables, then becomes the server.
set -euo pipefail
DATA=/var/lib/mysql
SOCKET=/run/mysqld/mysqld.sock

# Sets MYSQL_$1 from itself, or from the file that MYSQL_$1_FILE names.
read_setting() {
    local name=MYSQL_$1 file_name=MYSQL_$1_FILE
    local value=${!name:-}
    [ -n "$value" ] || [ -z "${!file_name:-}" ] || value=$(< "${!file_name}")
    export "$name=$value"
}

require_a_root_password() {
    if [ -z "$MYSQL_ROOT_PASSWORD$MYSQL_ALLOW_EMPTY_PASSWORD$MYSQL_RANDOM_ROOT_PASSWORD" ]; then
        echo "error: the database is not initialized and no root password is set" >&2
        echo "hint: set MYSQL_ROOT_PASSWORD, MYSQL_RANDOM_ROOT_PASSWORD or MYSQL_ALLOW_EMPTY_PASSWORD" >&2
        exit 1
    fi
    if [ "$MYSQL_USER" = root ]; then
        echo "error: MYSQL_USER is for another account than root, which is there anyway" >&2
        echo "hint: leave MYSQL_USER out, and set MYSQL_ROOT_PASSWORD" >&2
        exit 1
    fi
}

as_root() {
    MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --protocol=socket --socket="$SOCKET" -uroot --comments "$@"
}

# Kept under this name: init scripts that are sourced call it.
docker_process_sql() {
    as_root ${MYSQL_DATABASE:+--database="$MYSQL_DATABASE"} "$@"
}

# A text as an SQL literal.
quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

# The statements that make the accounts.
accounts() {
    local user_at_any="$(quoted "$MYSQL_USER")@'%'" name="\`${MYSQL_DATABASE//\`/\`\`}\`"
    echo "SET @@SESSION.SQL_LOG_BIN=0;"
    echo "ALTER USER root@localhost IDENTIFIED BY $(quoted "$1");"
    echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$1");"
    echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    [ -z "$MYSQL_DATABASE" ] || echo "CREATE DATABASE IF NOT EXISTS $name;"
    if [ -n "$MYSQL_USER" ] && [ -n "$MYSQL_PASSWORD" ]; then
        echo "CREATE USER $user_at_any IDENTIFIED BY $(quoted "$MYSQL_PASSWORD");"
        [ -z "$MYSQL_DATABASE" ] || echo "GRANT ALL ON ${name//_/\\_}.* TO $user_at_any;"
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
    local server root_password=$MYSQL_ROOT_PASSWORD
    "$@" --initialize-insecure
    "$@" --skip-networking --mysqlx=OFF --socket="$SOCKET" &
    server=$!
    MYSQL_ROOT_PASSWORD=
    until as_root -e 'SELECT 1' > /dev/null 2>&1; do
        kill -0 "$server" || { echo "error: the server ended while it was prepared" >&2; exit 1; }
        sleep 0.1
    done
    accounts "$root_password" | as_root --database=mysql
    export MYSQL_ROOT_PASSWORD=$root_password
    run_init_files
    kill "$server"
    wait "$server"
    echo 'MySQL init process done. Ready for start up.'
}

[ "${1:-}" = "${1#-}" ] || set -- mysqld "$@"
if [ "${1:-}" = mysqld ]; then
    if [ "$(id -u)" = 0 ]; then
        install -d -o mysql -g mysql "$DATA" /run/mysqld
        find "$DATA" \! -user mysql -exec chown mysql: '{}' +
        exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
    fi
    if [ ! -d "$DATA/mysql" ]; then
        for setting in ROOT_PASSWORD ALLOW_EMPTY_PASSWORD RANDOM_ROOT_PASSWORD DATABASE USER PASSWORD; do
            read_setting "$setting"
        done
        require_a_root_password
        if [ -n "$MYSQL_RANDOM_ROOT_PASSWORD" ]; then
            MYSQL_ROOT_PASSWORD=$(head -c 18 /dev/urandom | base64)
            echo "GENERATED ROOT PASSWORD: $MYSQL_ROOT_PASSWORD"
        fi
        initialize "$@"
    fi
fi
exec "$@"
