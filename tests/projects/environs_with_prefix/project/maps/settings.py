from pathlib import Path
from environs import Env

env = Env()
env.read_env()

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env("DJANGO_SECRET_KEY")
DEBUG = env.bool("DJANGO_DEBUG", False)
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", ["maps.example"])

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "maps.urls"
WSGI_APPLICATION = "maps.wsgi.application"
DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
with env.prefixed("MAPS_"):
    TILES_URL = env.str("TILES_URL")
    ZOOM = env.int("ZOOM", 7)
