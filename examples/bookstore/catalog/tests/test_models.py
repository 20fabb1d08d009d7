from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from catalog.models import Author, Book
from orders.checkout import place_order


class BookTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = Book.objects.get(title="Good Omens")

    def test_a_new_database_has_a_dozen_valid_books(self):
        books = Book.objects.all()
        self.assertEqual(len(books), 12)
        for book in books:
            book.full_clean()

    def test_a_byline_joins_the_authors_as_a_cover_does(self):
        self.assertEqual(self.book.byline, "Neil Gaiman and Terry Pratchett")
        self.book.authors.add(Author.objects.get(name="Toni Morrison"))
        self.assertEqual(self.book.byline, "Neil Gaiman, Terry Pratchett and Toni Morrison")
        self.book.authors.clear()
        self.assertEqual(self.book.byline, "Anonymous")

    def test_the_database_itself_refuses_a_negative_price(self):
        self.book.price = Decimal("-0.01")
        with self.assertRaises(ValidationError):
            self.book.full_clean()
        with transaction.atomic(), self.assertRaisesMessage(IntegrityError, "book_price_is_not_negative"):
            self.book.save()

    def test_only_books_on_the_shelf_are_in_stock(self):
        sold_out = Book.objects.get(title="Mrs Dalloway")
        self.assertFalse(sold_out.in_stock)
        self.assertNotIn(sold_out, Book.objects.in_stock())
        self.assertEqual(Book.objects.in_stock().count(), 11)

    def test_the_scarcest_of_the_books_that_run_low_comes_first(self):
        low = [book.title for book in Book.objects.running_low(at_most=3)]
        self.assertEqual(low, ["Mrs Dalloway", "The Left Hand of Darkness", "Moby-Dick"])

    def test_copies_sold_count_from_the_given_moment_on(self):
        place_order(None, {self.book.pk: 4})
        now = timezone.now()
        for since, copies in ((now - timedelta(hours=1), 4), (now + timedelta(hours=1), 0)):
            book = Book.objects.with_copies_sold(since).get(pk=self.book.pk)
            self.assertEqual(book.copies_sold, copies)
