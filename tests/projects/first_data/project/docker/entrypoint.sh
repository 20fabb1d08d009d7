#!/bin/sh
set -e

if [ "$RESET" = "yes" ]; then
    python manage.py flush --noinput
    python manage.py loaddata other
fi
python manage.py migrate
python manage.py loaddata groups
python manage.py create_roles
python manage.py fill_stock
python manage.py loaddata not_there.json
exec python manage.py runserver 0.0.0.0:8000
