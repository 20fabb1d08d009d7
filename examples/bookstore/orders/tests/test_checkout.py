from decimal import Decimal

from django.test import TestCase

from catalog.models import Book
from orders.checkout import OutOfStock, place_order
from orders.models import Order


class CheckoutTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        Order.objects.all().delete()
        cls.plenty = Book.objects.get(title="Dracula")
        cls.scarce = Book.objects.get(title="Moby-Dick")

    def test_a_sale_takes_the_copies_off_the_shelf_and_keeps_the_price(self):
        order = place_order(None, {self.plenty.pk: 2, self.scarce.pk: 3})
        Book.objects.update(price=1)
        order = Order.objects.get(pk=order.pk)
        self.assertEqual(order.total, Decimal("2") * Decimal("8.99") + Decimal("3") * Decimal("13.50"))
        self.plenty.refresh_from_db()
        self.scarce.refresh_from_db()
        self.assertEqual((self.plenty.stock, self.scarce.stock), (12, 0))

    def test_when_one_book_runs_out_nothing_is_sold(self):
        with self.assertRaisesMessage(OutOfStock, "Moby-Dick: 4 wanted, 3 in stock."):
            place_order(None, {self.plenty.pk: 2, self.scarce.pk: 4})
        self.plenty.refresh_from_db()
        self.assertEqual(self.plenty.stock, 14)
        self.assertFalse(Order.objects.exists())
