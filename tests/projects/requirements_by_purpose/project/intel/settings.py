import os

SECRET_KEY = "for-development"
DEBUG = True
ROOT_URLCONF = "intel.urls"
WSGI_APPLICATION = "intel.wsgi.application"
INSTALLED_APPS = ["django.contrib.contenttypes"]
DB_ENGINE = os.getenv("DB_ENGINE", None)
DATABASES = {
    "default": {
        "ENGINE": DB_ENGINE if DB_ENGINE else "django.db.backends.postgresql",
        "NAME": os.getenv("POSTGRES_DB") if os.getenv("POSTGRES_DB") else "db.sqlite3",
        "HOST": os.getenv("POSTGRES_HOST", None),
        "USER": os.getenv("POSTGRES_USER", None),
        "PASSWORD": os.getenv("POSTGRES_PASSWORD", None),
    }
}
