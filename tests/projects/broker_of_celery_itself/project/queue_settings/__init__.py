import requests
from shop.settings import *

PASSWORD = requests.compat.quote(env("REDIS_BROKER_PASSWORD", ""))
HOST = env("REDIS_BROKER_HOST", "redis_broker")
REDIS_BROKER_URL = env("REDIS_BROKER_URL", f"redis://:{PASSWORD}@{HOST}:6379/0")
CELERY_BROKER_URL = env("CELERY_BROKER_URL", REDIS_BROKER_URL.replace("unix:", "redis+socket:"))
