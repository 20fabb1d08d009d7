import os

ENDPOINT = os.getenv("PAYMENTS_ENDPOINT") + "/v2"
KEY = os.environ["PAYMENTS_KEY"]
TIMEOUT = os.environ.get("PAYMENTS_TIMEOUT", "5")
RETRIES = os.getenv("PAYMENTS_RETRIES")


def refund():
    return os.environ["REFUNDS_KEY"]
