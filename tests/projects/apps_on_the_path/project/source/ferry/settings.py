import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path += [str(BASE_DIR / "apps")]

from piers.defaults import HARBOUR  # noqa: E402

SECRET_KEY = "django-insecure-of-the-project"
DEBUG = True
ALLOWED_HOSTS = []
HOME = HARBOUR
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "piers"]
ROOT_URLCONF = "ferry.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
CELERY_BROKER_URL = "redis://redis:6379/0"
