from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "django-insecure-of-the-project"
DEBUG = True
ALLOWED_HOSTS = []

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "django_project.urls"
WSGI_APPLICATION = "django_project.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}

# For Docker and PostgreSQL use this and remove the above
# DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "db"}}
