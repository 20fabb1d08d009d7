from django.db import models

try:
    import optional_thing
except ImportError:
    optional_thing = None

import requests

from . import apps


class Poll(models.Model):
    picture = models.ImageField()
