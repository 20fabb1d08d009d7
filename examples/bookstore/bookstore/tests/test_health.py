from django.test import TestCase, override_settings

NOWHERE = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://localhost:1"}
}


class HealthTests(TestCase):
    def test_both_answer(self):
        response = self.client.get("/health/")
        self.assertEqual((response.status_code, response.json()), (200, {"database": "ok", "cache": "ok"}))
        self.assertIn("no-cache", response.headers["Cache-Control"])

    @override_settings(CACHES=NOWHERE)
    def test_a_cache_that_is_gone_is_named(self):
        with self.assertLogs("bookstore.health", "ERROR"):
            response = self.client.get("/health/")
        self.assertEqual(response.status_code, 503)
        self.assertEqual(response.json(), {"database": "ok", "cache": "ConnectionError"})

    def test_a_change_by_request_is_not_allowed(self):
        self.assertEqual(self.client.post("/health/").status_code, 405)
