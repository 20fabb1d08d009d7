"""Which package brings a module, where its name tells not."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping

from devenv.detect.tree import Tree, parse

_PACKAGES: Mapping[str, str] = {
    "allauth": "django-allauth",
    "anymail": "django-anymail",
    "auditlog": "django-auditlog",
    "axes": "django-axes",
    "bootstrap4": "django-bootstrap4",
    "bootstrap5": "django-bootstrap5",
    "bs4": "beautifulsoup4",
    "cacheops": "django-cacheops",
    "channels": "channels[daphne]",
    "channels_redis": "channels-redis",
    "ckeditor": "django-ckeditor",
    "ckeditor_uploader": "django-ckeditor",
    "cloudinary_storage": "django-cloudinary-storage",
    "cms": "django-cms",
    "colorfield": "django-colorfield",
    "compressor": "django-compressor",
    "constance": "django-constance",
    "corsheaders": "django-cors-headers",
    "crispy_bootstrap4": "crispy-bootstrap4",
    "crispy_bootstrap5": "crispy-bootstrap5",
    "crispy_forms": "django-crispy-forms",
    "csp": "django-csp",
    "daphne": "daphne",
    "dateutil": "python-dateutil",
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
    "embed_video": "django-embed-video",
    "environ": "django-environ",
    "grappelli": "django-grappelli",
    "guardian": "django-guardian",
    "haystack": "django-haystack",
    "health_check": "django-health-check",
    "hijack": "django-hijack",
    "imagekit": "django-imagekit",
    "import_export": "django-import-export",
    "jazzmin": "django-jazzmin",
    "jwt": "pyjwt",
    "knox": "django-rest-knox",
    "magic": "python-magic",
    "modeltranslation": "django-modeltranslation",
    "mptt": "django-mptt",
    "filebrowser": "django-filebrowser",
    "multiselectfield": "django-multiselectfield",
    "MySQLdb": "mysqlclient",
    "oauth2_provider": "django-oauth-toolkit",
    "parler": "django-parler",
    "phonenumber_field": "django-phonenumber-field[phonenumbers]",
    "PIL": "pillow",
    "pipeline": "django-pipeline",
    "pkg_resources": "setuptools",
    "polymorphic": "django-polymorphic",
    "psycopg2": "psycopg2-binary",
    "rest_framework": "djangorestframework",
    "rest_framework_jwt": "djangorestframework-jwt",
    "rest_framework_simplejwt": "djangorestframework-simplejwt",
    "reversion": "django-reversion",
    "rosetta": "django-rosetta",
    "sentry_sdk": "sentry-sdk",
    "silk": "django-silk",
    "simple_history": "django-simple-history",
    "slugify": "python-slugify",
    "social_django": "social-auth-app-django",
    "sorl": "sorl-thumbnail",
    "storages": "django-storages",
    "taggit": "django-taggit",
    "tinymce": "django-tinymce",
    "treebeard": "django-treebeard",
    "waffle": "django-waffle",
    "widget_tweaks": "django-widget-tweaks",
    "yaml": "pyyaml",
}
_AT_MARGIN = re.compile(r"^(?:import|from)\s(?:[^\n(]*\([^)]*\)|(?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
_OF_OTHERS = frozenset(("django", "rest_framework.authtoken"))


KNOWN = frozenset(each.partition("[")[0] for each in _PACKAGES.values())  # which module each has is certain


def is_known(module: str) -> bool:
    """Whether it is certain which package brings a module."""
    return module in _PACKAGES


def package_of(module: str) -> str:
    """The package to install for a top-level module; "" for Python's own and Django's."""
    if module in sys.stdlib_module_names or module in _OF_OTHERS or not module.isidentifier():
        return ""
    return _PACKAGES.get(module, module.replace("_", "-"))


def imported_modules(files: Tree, folder: str) -> frozenset[str]:
    """The top-level modules that a project's own code imports, whatever may fail left out."""
    found: set[str] = set()
    for path in [each for each in files.paths if "/migrations/" not in each]:  # many, and all alike
        inside = folder == "." or path.startswith(f"{folder}/")
        tree = _imports(files, path) if path.endswith(".py") and inside else None
        for statement in tree.body if tree else ():
            if isinstance(statement, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in statement.names}
            elif isinstance(statement, ast.ImportFrom) and not statement.level:
                found.add((statement.module or "").partition(".")[0])
        if tree and "ImageField(" in files.text(path):
            found.add("PIL")
    return frozenset(found)


def _imports(files: Tree, path: str) -> ast.Module | None:
    """A module up to its last import at the margin: all that it imports itself, and far less to parse."""
    text = files.text(path)
    last = max((found.end() for found in _AT_MARGIN.finditer(text)), default=0)
    return (parse(text[:last]) or files.module(path)) if last else None
