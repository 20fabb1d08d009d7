"""Questions that the catalogue's tables answer."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce


class AuthorQuerySet(QuerySet):
    def with_book_count(self) -> "AuthorQuerySet":
        """Add `book_count` to each author."""
        return self.annotate(book_count=Count("books"))


class BookQuerySet(QuerySet):
    def in_stock(self) -> "BookQuerySet":
        return self.filter(stock__gt=0)

    def running_low(self, at_most: int) -> "BookQuerySet":
        """Keep the books of which at most so many copies are left, the scarcest first."""
        return self.filter(stock__lte=at_most).order_by("stock", "title")

    def with_copies_sold(self, since: datetime) -> "BookQuerySet":
        """Add `copies_sold` since that moment to each book."""
        recent = Q(order_lines__order__placed_at__gte=since)
        return self.annotate(copies_sold=Coalesce(Sum("order_lines__copies", filter=recent), 0))
