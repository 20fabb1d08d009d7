import os

from library.settings import *  # noqa: F403

QUERY_TIMEOUT = int(os.environ.get("QUERY_TIMEOUT", "60"))
CELERY_BROKER_URL = os.environ.get("BROKER_URL", "redis://broker:6379/0")
