#!/bin/bash
# Ends with 0 when every test asked for holds: --connect, --innodb_initialized.
set -u
ask() {
    mariadb --defaults-file=/var/lib/mysql/.my-healthcheck.cnf --skip-column-names --batch -e "$1" 2> /dev/null
}

# An answer over the network, not over the socket: the server that is being prepared has none. Being refused is one.
connect() {
    mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --user=nobody -e 'SELECT 1' 2>&1 \
        | grep -Eq 'ERROR 1045|^1$'
}

innodb_initialized() {
    [ "$(ask "SELECT 1 FROM information_schema.engines WHERE engine = 'InnoDB' AND support IN ('YES', 'DEFAULT')")" = 1 ]
}

[ $# -gt 0 ] || { echo 'healthcheck: name at least one test: --connect, --innodb_initialized' >&2; exit 1; }
for test in "$@"; do
    case "$test" in
        --connect) connect ;;
        --innodb_initialized) innodb_initialized ;;
        *) echo "healthcheck: unknown test $test" >&2; exit 1 ;;
    esac || { echo "healthcheck ${test#--} failed" >&2; exit 1; }
done
