"""How `manage.py test` differs from a running bookstore."""

import logging

from django.conf import settings
from django.test.runner import DiscoverRunner
from django.test.utils import override_settings

from .celery import app


class EagerRunner(DiscoverRunner):
    """Runs tasks in the test's own process, keeps the cache apart and needs no collected static files."""

    def setup_test_environment(self, **kwargs: object) -> None:
        """Change the settings before any test starts."""
        super().setup_test_environment(**kwargs)
        for handler in logging.getLogger().handlers:
            handler.setLevel(logging.CRITICAL)  # refusals and failures are what many tests are about
        app.conf.update(task_always_eager=True, task_store_eager_result=True)
        self._settings = override_settings(
            CACHES={"default": settings.CACHES["default"] | {"KEY_PREFIX": "bookstore-test"}},
            STORAGES=settings.STORAGES
            | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
            WHITENOISE_AUTOREFRESH=True,
            WHITENOISE_USE_FINDERS=True,
        )
        self._settings.enable()

    def teardown_test_environment(self, **kwargs: object) -> None:
        """Put everything back."""
        self._settings.disable()
        app.conf.update(task_always_eager=False, task_store_eager_result=False)
        super().teardown_test_environment(**kwargs)
