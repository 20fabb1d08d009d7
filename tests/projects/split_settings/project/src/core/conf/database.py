from core.conf.environ import env

DATABASES = {"default": env.db()}
if not DEBUG:  # noqa: F821
    DATABASES["default"]["CONN_MAX_AGE"] = 600
