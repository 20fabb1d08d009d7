from pathlib import Path
import environ

env = environ.Env(
    DEBUG=(bool, False),
    SECRET_KEY=(str, "of the project"),
    ALLOWED_HOSTS=(list, []),
    CACHE_URL=(str, "locmemcache://"),
    TIMEOUT=(int, 30),
    WORKERS=(int, 2),
    FEATURES=(list, ["search"]),
    SENTRY_DSN=(str, ""),
    API_TOKEN=str,
)

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env("SECRET_KEY")
API_TOKEN = env("API_TOKEN")
DEBUG = env("DEBUG")
ALLOWED_HOSTS = env("ALLOWED_HOSTS")

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DATABASES = {"default": env.db(default="sqlite:///db.sqlite3")}
CACHES = {"default": env.cache()}
TIMEOUT = env("TIMEOUT")
WORKERS = env.int("WORKERS")
FEATURES = env.list("FEATURES")
SENTRY_DSN = env("SENTRY_DSN")
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
