#!/bin/sh
# Turns RABBITMQ_DEFAULT_* into the broker's configuration, then becomes the broker as its own user.
set -eu

case "${1:-}" in
    rabbitmq*) ;;
    *) exec "$@" ;;
esac
if [ "$(id -u)" = 0 ]; then
    find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +
    exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$0" "$@"
fi
if [ "$1" = rabbitmq-server ]; then
    configuration=/etc/rabbitmq/conf.d/10-default-user.conf
    : > "$configuration"
    for key in user pass vhost; do
        variable=RABBITMQ_DEFAULT_$(echo "$key" | tr '[:lower:]' '[:upper:]')
        eval "value=\${$variable:-}"
        # The broker's format knows single quotes as the marks of a literal text.
        [ -z "$value" ] || printf "default_%s = '%s'\n" "$key" "$value" >> "$configuration"
    done
    # `guest` may come from other containers, as with the official image.
    echo 'loopback_users.guest = false' >> "$configuration"
    umask 077
    [ -s "$HOME/.erlang.cookie" ] || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$HOME/.erlang.cookie"
fi
exec "$@"
