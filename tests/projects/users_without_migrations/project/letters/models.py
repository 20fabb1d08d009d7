from django.db import models
from notes.base import OwnedModel


class Letter(OwnedModel):
    text = models.TextField()
