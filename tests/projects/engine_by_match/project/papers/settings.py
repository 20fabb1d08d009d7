import os

import environ
from papers.schema import ALERTS

env = environ.Env(DEBUG=(bool, True), **ALERTS)
SECRET_KEY = "for-development"
DEBUG = env("DEBUG")
ROOT_URLCONF = "papers.urls"
WSGI_APPLICATION = "papers.wsgi.application"
INSTALLED_APPS = ["django.contrib.contenttypes"]
ALERT_REFRESH = env("ALERT_REFRESH")
ALERTS_PER_USER = env("ALERTS_PER_USER")


def databases():
    engine = os.getenv("DB_ENGINE")
    if engine is None:
        engine = "postgresql" if "DB_HOST" in os.environ else "sqlite"
    match engine:
        case "sqlite":
            chosen = {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}
        case "postgresql" | "pg":
            chosen = {"ENGINE": "django.db.backends.postgresql", "HOST": os.environ["DB_HOST"]}
        case _:
            chosen = {"ENGINE": "django.db.backends.mysql", "HOST": os.environ["DB_HOST"]}
    return {"default": chosen}


DATABASES = databases()
