from pathlib import Path
import os

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "django-insecure-of-the-project"
DEBUG = True
ALLOWED_HOSTS = []

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_rq"]
ROOT_URLCONF = "jobs.urls"
WSGI_APPLICATION = "jobs.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
RQ_QUEUES = {
    "default": {"HOST": os.environ.get("REDIS_HOST", "localhost"), "PORT": int(os.environ.get("REDIS_PORT", 6379)), "DB": 0}
}
