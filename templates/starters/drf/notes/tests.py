from django.contrib.auth import get_user_model
from rest_framework.test import APITestCase

from notes.models import Note


class NotesApi(APITestCase):
    def test_everybody_reads(self) -> None:
        Note.objects.create(title="first")
        answer = self.client.get("/api/notes/")
        self.assertEqual([note["title"] for note in answer.data["results"]], ["first"])

    def test_only_users_write(self) -> None:
        self.assertEqual(self.client.post("/api/notes/", {"title": "no"}).status_code, 403)
        self.client.force_login(get_user_model().objects.create_user("ada"))
        self.assertEqual(self.client.post("/api/notes/", {"title": "yes"}).status_code, 201)
