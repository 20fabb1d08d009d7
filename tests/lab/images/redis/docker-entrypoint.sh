#!/bin/sh
# Lets the server listen to other containers and drops root, as the official images do.
set -eu
server=$LAB_SERVER-server

# Options or a configuration file alone are arguments of the server.
case "${1:-}" in
    '') set -- "$server" ;;
    -* | *.conf) set -- "$server" "$@" ;;
esac

if [ "$1" = "$server" ]; then
    shift
    configuration=
    case "${1:-}" in
        -* | '') ;;
        *) configuration=$1; shift ;;
    esac
    # Official builds have protected mode off by default; Debian's refuse every client but localhost.
    if [ -z "$configuration" ] || ! grep -qi '^ *protected-mode' "$configuration"; then
        set -- --protected-mode no "$@"
    fi
    set -- "$server" ${configuration:+"$configuration"} "$@"
    if [ "$(id -u)" = 0 ]; then
        find . \! -user "$LAB_SERVER" -exec chown "$LAB_SERVER" '{}' +
        exec setpriv --reuid="$LAB_SERVER" --regid="$LAB_SERVER" --init-groups "$@"
    fi
fi
exec "$@"
