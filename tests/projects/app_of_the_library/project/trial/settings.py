DEBUG = True
SECRET_KEY = "for-development"
ROOT_URLCONF = "urls"
INSTALLED_APPS = ("django.contrib.contenttypes", "celery", "joiner.apps.JoinerConfig")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
CELERY_BROKER_URL = "redis://redis:6379/0"
