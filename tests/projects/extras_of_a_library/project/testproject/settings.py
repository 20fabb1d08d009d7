import os

BASE_DIR = os.path.dirname(__file__)

SECRET_KEY = "_"
DEBUG = True
INSTALLED_APPS = ("django.contrib.contenttypes", "django.contrib.auth", "stamp", "stamp.keys")
ROOT_URLCONF = "urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(BASE_DIR, "db.sqlite3")}}
