from .base import *
from .base import env

SECRET_KEY = env("DJANGO_SECRET_KEY")
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["example.com"])
SENTRY_DSN = env("SENTRY_DSN")
MAILGUN_API_KEY = env("MAILGUN_API_KEY")
