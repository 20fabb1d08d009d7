import os
import urllib.parse as urlparse

SECRET_KEY = os.getenv("DJANGO_SECRET_KEY", "onlyusethisindev")
DEBUG = os.getenv("DEBUG", "False") == "True"
ALLOWED_HOSTS = (os.getenv("ALLOWED_HOSTS") or "localhost,127.0.0.1").split(",")
ROOT_URLCONF = "shy.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("DB_NAME"),
        "HOST": os.environ.get("DB_HOST"),
    }
}
if "SHY_DATABASE" in os.environ:
    url = urlparse.urlparse(os.environ["SHY_DATABASE"])
    DATABASES["default"].update(
        {"NAME": url.path[1:], "USER": url.username, "PASSWORD": url.password, "HOST": url.hostname}
    )
CELERY_TASK_ALWAYS_EAGER = os.getenv("CELERY_TASK_ALWAYS_EAGER", "True") == "True"
CELERY_BROKER_URL = os.getenv("CELERY_BROKER_URL")
