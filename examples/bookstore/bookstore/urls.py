"""Every URL of the bookstore."""

from django.contrib import admin
from django.urls import include, path

from catalog.pages import IndexPage
from catalog.viewsets import AuthorViewSet, BookViewSet
from orders.viewsets import OrderViewSet
from reports.viewsets import BestsellerViewSet, ReportViewSet

from .api import BookstoreRouter
from .health import health

router = BookstoreRouter()
router.register("books", BookViewSet)
router.register("authors", AuthorViewSet)
router.register("bestsellers", BestsellerViewSet, basename="bestseller")
router.register("orders", OrderViewSet)
router.register("reports", ReportViewSet)

urlpatterns = [
    path("", IndexPage.as_view(), name="index"),
    path("api/", include(router.urls)),
    path("api/auth/", include("rest_framework.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]
