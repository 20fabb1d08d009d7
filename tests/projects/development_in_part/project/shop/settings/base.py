import os

from django.core.exceptions import ImproperlyConfigured


def get_env(name, default=None):
    value = os.getenv(name, default)
    if value is None or value == "":
        if default is None:
            raise ImproperlyConfigured(f"Set the {name} environment variable")
        return default
    return value


SECRET_KEY = get_env("SECRET_KEY")
DEBUG = get_env("DEBUG", "yes") == "yes"
PAYMENT_MERCHANT = get_env("PAYMENT_MERCHANT")
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "djoser"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
CELERY_BROKER_URL = "redis://:{password}@{host}:{port}/1".format(
    password=os.getenv("REDIS_PASSWORD"),
    host=os.getenv("REDIS_HOST"),
    port=os.getenv("REDIS_PORT"),
)
CELERY_RESULT_BACKEND = CELERY_BROKER_URL
