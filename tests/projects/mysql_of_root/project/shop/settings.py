from decouple import config
from dj_database_url import parse

SECRET_KEY = "for-development-only"
DEBUG = True
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "shop",
        "USER": "root",
        "PASSWORD": "",
        "HOST": "localhost",
        "PORT": 3307,
    }
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": config("CACHE_SERVER", default="redis://127.0.0.1:6379"),
    }
}
