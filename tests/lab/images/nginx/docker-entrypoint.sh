#!/bin/sh
# Fills templates from the environment and runs the scripts of /docker-entrypoint.d, then becomes the server.
set -eu
if [ "${1:-}" = nginx ]; then
    # Only variables that exist are filled in: nginx has a language of its own with dollar signs.
    defined=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p' | tr '\n' ' ')
    for template in /etc/nginx/templates/*.template; do
        [ -e "$template" ] || continue
        envsubst "$defined" < "$template" > "/etc/nginx/conf.d/$(basename "$template" .template)"
    done
    for script in /docker-entrypoint.d/*.sh; do
        [ ! -x "$script" ] || "$script"
    done
fi
exec "$@"
