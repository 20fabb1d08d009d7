import os

SECRET_KEY = "for-development"
DEBUG = True
ROOT_URLCONF = "trial.urls"
WSGI_APPLICATION = "trial.wsgi.application"
INSTALLED_APPS = ["django.contrib.contenttypes"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
SITE_URL = "http://trial:7001"
RABBITMQ_HOST = os.environ.get("RABBITMQ_HOST", "mq")
RABBITMQ_USER = os.environ.get("RABBITMQ_USER", "guest")
RABBITMQ_PASSWORD = os.environ.get("RABBITMQ_PASSWORD", "guest")
RABBITMQ_VHOST = os.environ.get("RABBITMQ_VHOST", "/")
CELERY_BROKER_URL = f"amqp://{RABBITMQ_USER}:{RABBITMQ_PASSWORD}@{RABBITMQ_HOST}:5672/{RABBITMQ_VHOST}"
