#!/bin/sh
# What is no command is a script or an option for node.
set -eu
if [ "${1#-}" != "${1:-}" ] || [ -z "$(command -v "${1:-node}")" ]; then
    set -- node "$@"
fi
exec "$@"
