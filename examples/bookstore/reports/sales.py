"""Figures computed from the database, as plain values that JSON can carry."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, QuerySet, Sum

from catalog.models import Book
from orders.models import OrderLine

LOW_STOCK = 5


def sales_report(since: datetime) -> dict:
    """Return what was sold since that moment, and what has to be ordered again."""
    totals = OrderLine.objects.filter(order__placed_at__gte=since).aggregate(
        orders_placed=Count("order", distinct=True),
        copies_sold=Sum("copies", default=0),
        revenue=Sum(F("copies") * F("unit_price"), default=Decimal(0)),
    )
    return {
        "since": since.isoformat(),
        "orders_placed": totals["orders_placed"],
        "copies_sold": totals["copies_sold"],
        "revenue": f"{totals['revenue']:.2f}",
        "bestsellers": [_sold(book) for book in bestsellers(since)],
        "running_low": [
            {"title": book.title, "stock": book.stock} for book in Book.objects.running_low(LOW_STOCK)
        ],
    }


def bestsellers(since: datetime, limit: int = 5) -> QuerySet[Book]:
    """Return the books that sold most copies since that moment, the most first, with `copies_sold`."""
    sold = Book.objects.with_copies_sold(since).filter(copies_sold__gt=0)
    return sold.order_by("-copies_sold", "title")[:limit]


def _sold(book: Book) -> dict:
    return {"title": book.title, "copies_sold": book.copies_sold}
