import os

import dj_database_url
from dotenv import load_dotenv

load_dotenv()
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "catalog"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
STATIC_ROOT = "/app/static"
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
