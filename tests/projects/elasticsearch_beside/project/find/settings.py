from pathlib import Path
import os

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "django-insecure-of-the-project"
DEBUG = True
ALLOWED_HOSTS = []

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "find.urls"
WSGI_APPLICATION = "find.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
ELASTICSEARCH_DSL = {"default": {"hosts": os.environ.get("ELASTIC", "http://elastic:9200")}}
PROXY = "http://imgproxy:8080/"
