from .base import *
from .base import env

DEBUG = True
SECRET_KEY = env("DJANGO_SECRET_KEY", default="of the project")
ALLOWED_HOSTS = ["localhost", "0.0.0.0", "127.0.0.1"]
EMAIL_HOST = env("EMAIL_HOST", default="mailpit")
if env("USE_DOCKER") == "yes":
    INTERNAL_IPS = ["10.0.2.2"]
