from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import JsonResponse
from django.urls import path


def index(request):
    cache.set("works", User.objects.count() == 0)
    return JsonResponse({"works": cache.get("works")})


urlpatterns = [path("", index)]
