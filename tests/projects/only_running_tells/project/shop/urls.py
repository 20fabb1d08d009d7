from django.db import connection
from django.http import JsonResponse
from django.urls import path


def works(request):
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        return JsonResponse({"user": cursor.fetchone()[0]})


urlpatterns = [path("", works)]
