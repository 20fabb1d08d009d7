"""The pages for people."""

from django.views.generic import ListView

from .models import Book


class IndexPage(ListView):
    """Every book, as a shop window."""

    queryset = Book.objects.prefetch_related("authors")
    template_name = "catalog/index.html"
    context_object_name = "books"
