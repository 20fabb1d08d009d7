import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

application = get_asgi_application()

django_application = application


async def application(scope, receive, send):
    await django_application(scope, receive, send)
