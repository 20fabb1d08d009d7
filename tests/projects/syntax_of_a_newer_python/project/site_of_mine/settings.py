from pathlib import Path

from site_of_mine import env

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env.as_text("SITE_SECRET_KEY")
DEBUG = True
ALLOWED_HOSTS = env.as_list("SITE_HOSTS")
REGION = env.as_text("SITE_REGION", "eu")
CSRF_COOKIE_SECURE = env.as_text("SITE_COOKIE_SECURE") == "True"

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "site_of_mine.urls"
WSGI_APPLICATION = "site_of_mine.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
NAVIGATION = {
    "home": lambda request: f"{
        request.path
    }?from=menu",
    "about": lambda request: f"{
        request.path
    }about/",
}
LANGUAGES = [
    ("en", env.as_text("SITE_LANGUAGE")),
]
