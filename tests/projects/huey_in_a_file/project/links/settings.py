import os

BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECRET_KEY = "for-development-only"
DEBUG = True
NAME_OF_THE_SITE = "links"
ROOT_URLCONF = "links.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "huey.contrib.djhuey"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(BASE_DIR, "db.sqlite3")}}
HUEY = {"huey_class": "huey.SqliteHuey", "filename": os.path.join(BASE_DIR, "tasks.sqlite3"), "immediate": False}
