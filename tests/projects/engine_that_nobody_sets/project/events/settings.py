import os

config = {"ENGINE": os.environ.get("DB_ENGINE"), "NAME": os.environ.get("DB_NAME"), "HOST": os.environ.get("DB_HOST")}

SECRET_KEY = "not-secret"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_tenants"]
ROOT_URLCONF = "events.urls"
WSGI_APPLICATION = "events.wsgi.application"
DATABASES = {
    "default": {
        "ENGINE": config.get("ENGINE"),
        "NAME": config.get("NAME"),
        "USER": os.environ.get("DB_USER"),
        "PASSWORD": os.environ.get("DB_PASSWORD"),
        "HOST": config.get("HOST"),
    }
}
