import os
from pathlib import Path
from xml.etree import ElementTree

CONFIG = ElementTree.parse(Path(__file__).resolve().parent / "shop.xml").getroot()

SECRET_KEY = os.environ[CONFIG.get("secret")]
DATABASES = {"default": dict(CONFIG.find("database").attrib)}
CACHES = {"default": dict(CONFIG.find("cache").attrib)}
DEBUG = True
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
INSTALLED_APPS = ["django.contrib.contenttypes"]
USE_TZ = True
