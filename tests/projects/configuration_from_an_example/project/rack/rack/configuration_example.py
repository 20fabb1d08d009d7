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
