from pathlib import Path
import os

from django.core.exceptions import ImproperlyConfigured


def get_env(name, default=None):
    try:
        return os.environ[name]
    except KeyError:
        if default is None:
            raise ImproperlyConfigured(f"set {name}")
        return default


def optional(name):
    try:
        return os.environ[name]
    except KeyError:
        return ""


TOKEN = os.environ.get("CRM_TOKEN")

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = get_env("CRM_SECRET_KEY")
REGION = get_env("CRM_REGION", "eu")
TRACE = optional("CRM_TRACE")
DEBUG = True
ALLOWED_HOSTS = []

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}

if not TOKEN:
    raise ImproperlyConfigured("set CRM_TOKEN")
