import os

HARBOUR = os.environ["HARBOUR"]
