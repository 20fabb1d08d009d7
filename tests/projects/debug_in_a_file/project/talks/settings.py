import configparser
import os

config = configparser.RawConfigParser()
config.read_dict({"site": {"debug": os.getenv("TALKS_DEBUG") or "runserver" in str(os.getenv("_"))}})

SECRET_KEY = "not-secret"
DEBUG = config.getboolean("site", "debug")
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "huey.contrib.djhuey"]
ROOT_URLCONF = "talks.urls"
WSGI_APPLICATION = "talks.wsgi.application"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends." + config.get("database", "backend"),
        "NAME": os.environ.get("TALKS_DATA", "data") + "/db.sqlite3",
    }
}
REDIS_URL = os.environ["REDIS_URL"]
REDIS_DB = os.environ["REDIS_DB"]
HUEY = {
    "immediate": True,
    "name": os.getenv("QUEUE_HOST", DATABASES["default"]["NAME"]) or "huey",
    "url": f"{REDIS_URL}/?db={REDIS_DB}",
}
