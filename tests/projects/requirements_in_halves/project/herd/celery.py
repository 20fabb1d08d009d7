from celery import Celery

app = Celery("herd", broker="memory://")
