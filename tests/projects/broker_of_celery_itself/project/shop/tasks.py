import queue_settings as settings
from celery import Celery

app = Celery("tasks", broker=settings.CELERY_BROKER_URL)
