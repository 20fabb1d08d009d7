from django.core.management.base import BaseCommand

from library.listening import listen


class Command(BaseCommand):
    def handle(self, *args, **options):
        listen()
