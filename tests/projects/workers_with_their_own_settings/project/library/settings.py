import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "library"]
ROOT_URLCONF = "library.urls"
WSGI_APPLICATION = "library.wsgi.application"
QUERY_TIMEOUT = int(os.environ.get("QUERY_TIMEOUT", "5"))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("POSTGRES_DB", "library"),
        "USER": os.environ.get("POSTGRES_USER", "library"),
        "PASSWORD": os.environ.get("POSTGRES_PASSWORD", "library"),
        "HOST": os.environ.get("POSTGRES_HOST", ""),
    }
}
