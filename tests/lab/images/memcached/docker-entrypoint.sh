#!/bin/sh
# Options alone are arguments of the server.
set -eu
[ "${1:-}" = "${1#-}" ] || set -- memcached "$@"
exec "$@"
