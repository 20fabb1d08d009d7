"""The sale itself: copies leave the shelf and an order is written, both or neither."""

from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from catalog.models import Book

from .models import Order, OrderLine


class OutOfStock(Exception):
    """More copies were asked for than there are."""

    def __init__(self, book: Book, wanted: int) -> None:
        super().__init__(f"{book.title}: {wanted} wanted, {book.stock} in stock.")


@transaction.atomic
def place_order(customer: AbstractBaseUser | None, copies_by_book_id: Mapping[int, int]) -> Order:
    """Sell the copies and return the order.

    Raises: OutOfStock, and nothing is sold.
    """
    # Rows are locked in one order everywhere, so that two sales of the same books cannot block each other.
    books = Book.objects.select_for_update().filter(pk__in=copies_by_book_id).order_by("pk")
    order = Order.objects.create(customer=customer)
    for book in books:
        _sell(order, book, copies_by_book_id[book.pk])
    return order


def _sell(order: Order, book: Book, copies: int) -> None:
    if copies > book.stock:
        raise OutOfStock(book, copies)
    book.stock -= copies
    book.save(update_fields=["stock"])
    OrderLine.objects.create(order=order, book=book, copies=copies, unit_price=book.price)
