from datetime import timedelta
from uuid import uuid4

from celery.result import AsyncResult
from django.conf import settings
from django.utils import timezone
from rest_framework import status
from rest_framework.test import APITestCase

from catalog.models import Book
from orders.checkout import place_order
from orders.models import Order
from reports.models import Outcome, Report
from reports.tasks import build_report


class ReportTests(APITestCase):
    """The task runs in this process; its result goes through the real result backend."""

    @classmethod
    def setUpTestData(cls):
        Order.objects.all().delete()
        dracula = Book.objects.get(title="Dracula")
        frankenstein = Book.objects.get(title="Frankenstein")
        place_order(None, {dracula.pk: 1, frankenstein.pk: 3})
        long_ago = place_order(None, {dracula.pk: 5})
        Order.objects.filter(pk=long_ago.pk).update(placed_at=timezone.now() - timedelta(days=20))

    def order_report(self, **body):
        with self.captureOnCommitCallbacks(execute=True):
            response = self.client.post("/api/reports/", body)
        self.assertEqual(response.status_code, status.HTTP_202_ACCEPTED, response.data)
        self.addCleanup(AsyncResult(response.data["id"]).forget)
        return response

    def test_a_report_is_accepted_first_and_read_when_it_is_done(self):
        accepted = self.order_report(days=7)
        self.assertEqual((accepted.data["status"], accepted.data["result"]), ("queued", None))
        self.assertEqual(
            accepted.headers["Location"], f"http://testserver/api/reports/{accepted.data['id']}/"
        )

        report = self.client.get(accepted.headers["Location"]).json()
        self.assertEqual((report["days"], report["status"]), (7, "done"))
        del report["result"]["since"]
        self.assertEqual(
            report["result"],
            {
                "orders_placed": 1,
                "copies_sold": 4,
                "revenue": "32.96",
                "bestsellers": [
                    {"title": "Frankenstein", "copies_sold": 3},
                    {"title": "Dracula", "copies_sold": 1},
                ],
                "running_low": [
                    {"title": "Mrs Dalloway", "stock": 0},
                    {"title": "The Left Hand of Darkness", "stock": 2},
                    {"title": "Moby-Dick", "stock": 3},
                ],
            },
        )

    def test_a_report_looks_back_thirty_days_unless_told(self):
        report = self.client.get(self.order_report().headers["Location"]).json()
        self.assertEqual((report["days"], report["result"]["copies_sold"]), (30, 9))

    def test_a_shop_that_sold_nothing_gets_zeros(self):
        Order.objects.all().delete()
        result = self.client.get(self.order_report().headers["Location"]).json()["result"]
        figures = [result[name] for name in ("orders_placed", "copies_sold", "revenue", "bestsellers")]
        self.assertEqual(figures, [0, 0, "0.00", []])

    def test_a_report_that_cannot_be_computed_has_failed(self):
        report = Report.objects.create()
        build_report.apply_async(args=["many"], task_id=str(report.pk))
        self.addCleanup(AsyncResult(str(report.pk)).forget)
        self.assertEqual(report.outcome, Outcome("failed"))

    def test_a_report_of_which_the_figures_are_forgotten_has_expired(self):
        report = Report.objects.create()
        self.assertEqual(report.outcome, Outcome("queued"))
        report.requested_at -= timedelta(seconds=settings.CELERY_RESULT_EXPIRES + 1)
        self.assertEqual(report.outcome, Outcome("expired"))

    def test_days_have_limits(self):
        for days in (0, 367, "many"):
            with self.subTest(days=days):
                response = self.client.post("/api/reports/", {"days": days})
                self.assertEqual(response.status_code, status.HTTP_400_BAD_REQUEST)
                self.assertEqual(list(response.data), ["days"])
        self.assertFalse(Report.objects.exists())

    def test_a_report_that_nobody_asked_for_is_not_found(self):
        self.assertEqual(self.client.get(f"/api/reports/{uuid4()}/").status_code, status.HTTP_404_NOT_FOUND)
