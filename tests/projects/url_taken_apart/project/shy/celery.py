from celery import Celery

app = Celery("shy")
app.config_from_object("django.conf:settings", namespace="CELERY")
