import configparser
import json
import tomllib
from pathlib import Path

import yaml

BASE_DIR = Path(__file__).resolve().parent.parent

with open(BASE_DIR / "config" / "database.yml") as file:
    database = yaml.safe_load(file)["development"]
with open(BASE_DIR / "config/secrets.json") as file:
    secrets = json.load(file)
cache = tomllib.loads((BASE_DIR / "config" / "cache.toml").read_text())["cache"]
options = configparser.ConfigParser()
options.read([BASE_DIR / "desk.ini", "/etc/desk.ini"])
try:
    with open(BASE_DIR / "VERSION") as file:
        VERSION = file.read().strip()
except FileNotFoundError:
    VERSION = "unknown"

SECRET_KEY = secrets["SECRET_KEY"]
DEBUG = options.getboolean("site", "debug", fallback=False)
ALLOWED_HOSTS = [options.get("site", "host", fallback="example.com")]
ROOT_URLCONF = "desk.urls"
WSGI_APPLICATION = "desk.wsgi.application"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database["database"],
        "USER": database["username"],
        "PASSWORD": database["password"],
        "HOST": database["host"],
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": cache["url"]}}
LICENCE = (BASE_DIR / "config" / "licence.key").read_text()
