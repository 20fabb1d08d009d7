"""Which package brings a module, where its name tells not."""

from __future__ import annotations

import sys
from collections.abc import Mapping

_PACKAGES: Mapping[str, str] = {
    "allauth": "django-allauth",
    "anymail": "django-anymail",
    "bootstrap4": "django-bootstrap4",
    "bootstrap5": "django-bootstrap5",
    "channels": "channels[daphne]",
    "ckeditor": "django-ckeditor",
    "compressor": "django-compressor",
    "constance": "django-constance",
    "corsheaders": "django-cors-headers",
    "crispy_bootstrap4": "crispy-bootstrap4",
    "crispy_bootstrap5": "crispy-bootstrap5",
    "crispy_forms": "django-crispy-forms",
    "debug_toolbar": "django-debug-toolbar",
    "decouple": "python-decouple",
    "dj_database_url": "dj-database-url",
    "dj_rest_auth": "dj-rest-auth",
    "django_celery_beat": "django-celery-beat",
    "django_celery_results": "django-celery-results",
    "django_extensions": "django-extensions",
    "django_filters": "django-filter",
    "django_q": "django-q2",
    "django_redis": "django-redis",
    "django_rq": "django-rq",
    "djoser": "djoser",
    "dotenv": "python-dotenv",
    "drf_spectacular": "drf-spectacular",
    "drf_yasg": "drf-yasg",
    "environ": "django-environ",
    "guardian": "django-guardian",
    "health_check": "django-health-check",
    "import_export": "django-import-export",
    "jazzmin": "django-jazzmin",
    "knox": "django-rest-knox",
    "mptt": "django-mptt",
    "oauth2_provider": "django-oauth-toolkit",
    "phonenumber_field": "django-phonenumber-field[phonenumbers]",
    "PIL": "pillow",
    "rest_framework": "djangorestframework",
    "rest_framework_simplejwt": "djangorestframework-simplejwt",
    "reversion": "django-reversion",
    "sentry_sdk": "sentry-sdk",
    "silk": "django-silk",
    "simple_history": "django-simple-history",
    "social_django": "social-auth-app-django",
    "storages": "django-storages",
    "taggit": "django-taggit",
    "waffle": "django-waffle",
    "widget_tweaks": "django-widget-tweaks",
    "yaml": "pyyaml",
}
_OF_OTHERS = frozenset(("django", "rest_framework.authtoken"))


def is_known(module: str) -> bool:
    """Whether it is certain which package brings a module."""
    return module in _PACKAGES


def package_of(module: str) -> str:
    """The package to install for a top-level module; "" for Python's own and Django's."""
    if module in sys.stdlib_module_names or module in _OF_OTHERS or not module.isidentifier():
        return ""
    return _PACKAGES.get(module, module.replace("_", "-"))
