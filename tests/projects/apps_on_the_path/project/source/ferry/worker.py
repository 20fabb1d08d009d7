import os

from celery import Celery


class FerryCelery(Celery):
    pass


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ferry.settings")
app = FerryCelery("ferry")
app.config_from_object("django.conf:settings", namespace="CELERY")
