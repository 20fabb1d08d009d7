import importlib
import os

from django.core.exceptions import ImproperlyConfigured

path = os.getenv("RACK_CONFIGURATION", "rack.configuration")
try:
    configuration = importlib.import_module(path)
except ModuleNotFoundError as error:
    if error.name == path:
        raise ImproperlyConfigured("configuration.py is missing: copy configuration_example.py")
    raise

for parameter in ("ALLOWED_HOSTS", "SECRET_KEY", "REDIS"):
    if not hasattr(configuration, parameter):
        raise ImproperlyConfigured(f"{parameter} is missing")

ALLOWED_HOSTS = getattr(configuration, "ALLOWED_HOSTS")  # noqa: B009
SECRET_KEY = getattr(configuration, "SECRET_KEY")  # noqa: B009
DEBUG = getattr(configuration, "DEBUG", False)
DATABASES = getattr(configuration, "DATABASES", {})
REDIS = getattr(configuration, "REDIS", {})
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must have 50 characters")

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_rq", "rack"]
ROOT_URLCONF = "rack.urls"
WSGI_APPLICATION = "rack.wsgi.application"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"redis://{REDIS['HOST']}:{REDIS['PORT']}/{REDIS['DATABASE']}",
    }
}
RQ_QUEUES = {"default": {"HOST": REDIS["HOST"], "PORT": REDIS["PORT"], "DB": 0}}
