import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "django-insecure-of-the-project"
DEBUG = True
SITE = os.environ["FARM_SITE"]
REGION = os.environ["FARM_REGION"]
GREETING = os.environ["FARM_GREETING"]
ALLOWED_HOSTS = []

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "farm.urls"
WSGI_APPLICATION = "farm.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
CELERY_BEAT_SCHEDULE = {"feed": {"task": "farm.tasks.feed", "schedule": 60.0}}
