import os

SECRET_KEY = os.environ["LEDGER_SECRET_KEY"]
DEBUG = os.environ.get("LEDGER_DEBUG") == "1"
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "ledger.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "ledger.accounts"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
