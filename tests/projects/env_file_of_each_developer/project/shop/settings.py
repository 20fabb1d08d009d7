from pathlib import Path

from dotenv import dotenv_values

BASE_DIR = Path(__file__).resolve().parent.parent
values = dotenv_values(BASE_DIR / ".env")

SECRET_KEY = values["secret"]
DEBUG = values.get("debug") == "1"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
DATABASES = {
    "default": {
        "ENGINE": values.get("engine"),
        "NAME": values.get("name"),
        "USER": values.get("user"),
        "PASSWORD": values.get("password"),
        "HOST": values.get("host"),
        "PORT": values.get("port"),
    }
}
SHOP_TITLE = values.get("title")
