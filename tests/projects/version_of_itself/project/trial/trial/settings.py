from pathlib import Path

import shelf_api

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "django-insecure-trial-of-the-shelf"
DEBUG = True
VERSION = shelf_api.__version__
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shelf_api"]
ROOT_URLCONF = "trial.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
