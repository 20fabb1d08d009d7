from django.test import TestCase


class Accounts(TestCase):
    def test_there_are_none(self):
        self.assertEqual(self.client.get("/").json(), {"accounts": []})
