from pathlib import Path

import environ

env = environ.Env()
PROJECT_ROOT = Path(__file__).parent
DEBUG = env.bool("DJANGO_DEBUG", True)
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}
REDIS_URL = env("CACHE_URL", default=None)
REDIS_HOST = env("REDIS_HOST", default="redis")
SECRET_KEY = env("SECRET_KEY", default="CHANGEME")
ALLOWED_HOSTS = ["*"]
PREREQ_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_q"]
INSTALLED_APPS = PREREQ_APPS + ["django.contrib.postgres"]
ROOT_URLCONF = "urls"
WSGI_APPLICATION = "wsgi.application"
DATABASES = {"default": env.db("DATABASE_URL")}
if ENABLE_CONN_POOL := env.bool("ENABLE_CONN_POOL", default=False):
    DATABASES["default"]["CONN_MAX_AGE"] = 0
if SENTRY_DSN := env("DJANGO_SENTRY_DSN", default=None):
    RELEASE = env("RELEASE")
Q_CLUSTER = {"name": "packages"}
if Q_REDIS_URL := env("Q_REDIS_URL", default=None):
    Q_CLUSTER["redis"] = Q_REDIS_URL
else:
    Q_CLUSTER["orm"] = "default"
