from environs import Env

env = Env()
SECRET_KEY = env("SECRET_KEY", "for-development")
DEBUG = env.bool("DEBUG", True)
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes"]
WSGI_APPLICATION = "shop.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
