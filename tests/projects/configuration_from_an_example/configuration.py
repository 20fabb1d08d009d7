# Copy this to configuration.py and fill it in.
ALLOWED_HOSTS = []

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "rack",
        "USER": "",
        "PASSWORD": "",
        "HOST": "localhost",
        "PORT": "",
    }
}

REDIS = {"HOST": "localhost", "PORT": 6379, "DATABASE": 1}

SECRET_KEY = ""
DEBUG = False

# `devenv init`: what the example leaves to the developer
SECRET_KEY = "django-insecure-for-development-only-0123456789abcdefghij"
DEBUG = True
DATABASES["default"].update(USER="app", PASSWORD="app")
