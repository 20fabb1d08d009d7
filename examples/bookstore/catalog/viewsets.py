"""The catalogue's part of the API."""

from rest_framework.viewsets import ModelViewSet

from .filters import BookFilter
from .models import Author, Book
from .serializers import AuthorSerializer, BookSerializer


class AuthorViewSet(ModelViewSet):
    """Who wrote the books on our shelves."""

    queryset = Author.objects.with_book_count().order_by("name")
    serializer_class = AuthorSerializer
    search_fields = ["name"]
    ordering_fields = ["name", "born", "book_count"]


class BookViewSet(ModelViewSet):
    """The books on our shelves. Narrow them by title, author, year, price or stock; search; sort."""

    queryset = Book.objects.prefetch_related("authors")
    serializer_class = BookSerializer
    filterset_class = BookFilter
    search_fields = ["title", "isbn", "authors__name"]
    ordering_fields = ["title", "published", "price", "stock"]
