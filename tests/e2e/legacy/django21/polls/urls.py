from django.urls import path

from polls.views import about

urlpatterns = [path("", about)]
