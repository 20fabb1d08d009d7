from django.test import SimpleTestCase


class Orders(SimpleTestCase):
    def test_nothing_is_ordered_yet(self):
        self.assertEqual(self.client.get("/orders/").status_code, 404)
