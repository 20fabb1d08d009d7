# Copy this to local_settings.py, which git does not follow.

DEBUG = True
ALLOWED_HOSTS = []

# Keep the one of the server secret.
SECRET_KEY = ""

DATABASES["default"].update({"NAME": "shop", "USER": "shop", "PASSWORD": "of-development", "HOST": "localhost"})

# `devenv init`: what the example leaves to the developer
SECRET_KEY = "django-insecure-for-development-only-0123456789abcdefghij"
