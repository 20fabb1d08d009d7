SECRET_KEY = "for-development-only"
DEBUG = True
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "chat.urls"
ASGI_APPLICATION = "chat.routing.application"
INSTALLED_APPS = ["channels", "django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [("127.0.0.1", 6379)]},
    }
}
