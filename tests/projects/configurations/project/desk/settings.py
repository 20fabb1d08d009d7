from configurations import Configuration, values


class Caches:
    CACHES = values.CacheURLValue("locmem://")


class Base(Caches, Configuration):
    DEBUG = False
    SECRET_KEY = values.Value(None)
    ALLOWED_HOSTS = values.ListValue([])
    ROOT_URLCONF = "desk.urls"
    WSGI_APPLICATION = "desk.wsgi.application"
    INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": values.Value("desk", environ_name="DB_NAME", environ_prefix=None),
            "USER": values.Value("desk", environ_name="DB_USER", environ_prefix=None),
            "PASSWORD": values.Value("pass", environ_name="DB_PASSWORD", environ_prefix=None),
            "HOST": values.Value("localhost", environ_name="DB_HOST", environ_prefix=None),
        }
    }

    @property
    def CHANNEL_LAYERS(self):
        return {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [self.BUS]}}}


class Development(Base):
    DEBUG = True
    BUS = values.Value("redis://localhost:6379/1", environ_prefix="DESK")
    PARTNER_TOKEN = values.SecretValue()


class Production(Base):
    SENTRY_DSN = values.SecretValue()
    STORAGE_TOKEN = values.Value(environ_required=True)
