from celery import Celery

app = Celery("trial")
