# Copy this file to settings_own.py and change what you like.
from shop.settings_base import *

SECRET_KEY = "change me"
DEBUG = True
ALLOWED_HOSTS = ["*"]
