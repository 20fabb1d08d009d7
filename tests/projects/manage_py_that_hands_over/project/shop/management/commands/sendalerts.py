from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, **options):
        self.stopping = False
        while not self.stopping:
            self.send()

    def send(self): ...
