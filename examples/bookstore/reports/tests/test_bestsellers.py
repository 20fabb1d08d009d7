from django.conf import settings
from django.core.cache import cache
from rest_framework.test import APITestCase

from bookstore.celery import app
from catalog.models import Book
from orders.checkout import place_order
from orders.models import Order
from reports.bestsellers import CACHE_KEY
from reports.tasks import refresh_bestsellers


class BestsellerTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        Order.objects.all().delete()
        cls.book = Book.objects.get(title="Good Omens")

    def setUp(self):
        # Never cache.clear(): it flushes the whole Redis database, Celery's queue included.
        cache.delete(CACHE_KEY)
        self.addCleanup(cache.delete, CACHE_KEY)

    def listed(self):
        return self.client.get("/api/bestsellers/").json()["books"]

    def test_a_sale_shows_when_the_task_has_run(self):
        self.assertEqual(self.listed(), [])
        place_order(None, {self.book.pk: 2})
        self.assertEqual(self.listed(), [])
        refresh_bestsellers.delay()
        self.assertEqual(
            self.listed(),
            [
                {
                    "id": self.book.pk,
                    "title": "Good Omens",
                    "byline": "Neil Gaiman and Terry Pratchett",
                    "copies_sold": 2,
                }
            ],
        )

    def test_readers_ask_the_cache_and_not_the_database(self):
        refresh_bestsellers.delay()
        with self.assertNumQueries(0):
            self.listed()

    def test_beat_asks_for_a_task_that_the_worker_knows(self):
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            self.assertIn(entry["task"], app.tasks)
