from django.contrib.auth.models import User
from rest_framework import status
from rest_framework.test import APITestCase

from catalog.models import Book
from orders.checkout import place_order
from orders.models import Order


class OrderTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.customer = User.objects.create_user("customer")
        cls.book = Book.objects.get(title="Moby-Dick")

    def post(self, *lines):
        return self.client.post("/api/orders/", {"lines": lines})

    def test_orders_need_a_login(self):
        self.assertEqual(self.client.get("/api/orders/").status_code, status.HTTP_403_FORBIDDEN)
        response = self.post({"book": self.book.pk, "copies": 1})
        self.assertEqual(response.status_code, status.HTTP_403_FORBIDDEN)

    def test_a_customer_buys_books(self):
        self.client.force_login(self.customer)
        response = self.post({"book": self.book.pk, "copies": 2})
        self.assertEqual(response.status_code, status.HTTP_201_CREATED, response.data)
        order = Order.objects.get(customer=self.customer)
        self.assertEqual(
            {key: value for key, value in response.json().items() if key != "placed_at"},
            {
                "url": f"http://testserver/api/orders/{order.pk}/",
                "id": order.pk,
                "lines": [{"book": self.book.pk, "title": "Moby-Dick", "copies": 2, "unit_price": "13.50"}],
                "total": "27.00",
            },
        )

    def test_a_customer_sees_no_order_of_anyone_else(self):
        mine = place_order(self.customer, {self.book.pk: 1})
        other = place_order(User.objects.create_user("other"), {self.book.pk: 1})
        self.client.force_login(self.customer)
        listed = self.client.get("/api/orders/").data["results"]
        self.assertEqual([order["id"] for order in listed], [mine.pk])
        self.assertEqual(self.client.get(f"/api/orders/{other.pk}/").status_code, status.HTTP_404_NOT_FOUND)

    def test_what_cannot_be_sold_is_refused_with_the_reason(self):
        self.client.force_login(self.customer)
        cases = [
            ([], "This list may not be empty."),
            ([{"book": self.book.pk, "copies": 4}], "Moby-Dick: 4 wanted, 3 in stock."),
            ([{"book": self.book.pk, "copies": 1}] * 2, "Each book may be on one line only."),
            ([{"book": self.book.pk, "copies": 0}], "greater than or equal to 1"),
            ([{"book": 0, "copies": 1}], "object does not exist"),
        ]
        for lines, reason in cases:
            with self.subTest(reason=reason):
                self.assertContains(self.post(*lines), reason, status_code=status.HTTP_400_BAD_REQUEST)
        self.assertFalse(Order.objects.filter(customer=self.customer).exists())
