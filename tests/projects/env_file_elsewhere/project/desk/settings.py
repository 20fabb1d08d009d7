import os

import environ

BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
env = environ.Env()
environ.Env.read_env(os.path.join(BASE_DIR, "config", "development.env"))
SECRET_KEY = env("SECRET_KEY")
DEBUG = env.bool("DEBUG")
ROOT_URLCONF = "desk.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {"default": env.db("DESK_DATABASE")}
