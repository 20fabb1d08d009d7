"""What the lists of the catalogue can be narrowed to."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from .models import Book


class BookFilter(filters.FilterSet):
    title = filters.CharFilter(lookup_expr="icontains", label="Title contains")
    published = filters.RangeFilter(label="Published between")
    price = filters.RangeFilter(label="Price between")
    in_stock = filters.BooleanFilter(method="filter_in_stock", label="In stock")

    class Meta:
        model = Book
        fields = ["title", "authors", "published", "price", "in_stock"]

    def filter_in_stock(self, books: QuerySet, name: str, wanted: bool) -> QuerySet:
        return books.in_stock() if wanted else books.filter(stock=0)
