from django.http import HttpResponse
from django.urls import path

from catalog.payments import ENDPOINT

urlpatterns = [path("", lambda request: HttpResponse(ENDPOINT))]
