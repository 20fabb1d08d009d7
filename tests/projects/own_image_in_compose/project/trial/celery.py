from celery import Celery

app = Celery("trial")
app.config_from_object("django.conf:settings", namespace="CELERY")
