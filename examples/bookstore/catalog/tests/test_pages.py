from django.contrib.auth.models import User
from django.test import TestCase

from catalog.models import Book
from orders.models import Order


class IndexPageTests(TestCase):
    def test_every_book_is_in_the_window_and_links_into_the_api(self):
        response = self.client.get("/")
        self.assertContains(response, "12 books on our shelves.")
        for book in Book.objects.all():
            self.assertContains(response, f'href="/api/books/{book.pk}/"', count=1)
        self.assertContains(response, "Sold out", count=1)

    def test_an_empty_shop_says_so(self):
        Order.objects.all().delete()
        Book.objects.all().delete()
        self.assertContains(self.client.get("/"), "The shelves are empty.")

    def test_the_page_and_its_style_sheet_are_served(self):
        style_sheet = "/static/catalog/shop.css"
        self.assertContains(self.client.get("/"), f'href="{style_sheet}"')
        response = self.client.get(style_sheet)
        self.assertEqual(response.status_code, 200)
        self.assertIn(b".shelf", b"".join(response.streaming_content))


class AdminTests(TestCase):
    def test_each_list_opens(self):
        self.client.force_login(User.objects.create_superuser("owner"))
        for model in ("catalog/author", "catalog/book", "orders/order", "reports/report"):
            with self.subTest(model=model):
                self.assertEqual(self.client.get(f"/admin/{model}/").status_code, 200)
