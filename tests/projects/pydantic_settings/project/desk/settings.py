from pathlib import Path
from desk.config import settings as from_env

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = from_env.secret_key
DEBUG = from_env.debug
ALLOWED_HOSTS = from_env.hosts

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "desk.urls"
WSGI_APPLICATION = "desk.wsgi.application"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": from_env.db_host,
        "NAME": from_env.db_name,
        "USER": from_env.db_user,
        "PASSWORD": from_env.db_password,
    }
}
