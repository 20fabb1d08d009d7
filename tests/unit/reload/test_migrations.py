"""What Django prints about models without a migration, as one line."""

from __future__ import annotations

import pytest

from devenv.reload.migrations import is_of_models, missing_migrations

DJANGO_5 = """\
Migrations for 'catalog':
  catalog/migrations/0003_book_isbn_author_born.py
    + Add field isbn to book
    ~ Alter field title on book
"""
DJANGO_2 = """\
Migrations for 'catalog':
  catalog/migrations/0003_auto.py
    - Add field isbn to book
Migrations for 'orders':
  orders/migrations/0003_auto.py
    - Create model Return
    - Create model Refund
    - Remove field note from order
    - Alter field total on order
"""


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("catalog/models.py", True),
        ("models.py", True),
        ("catalog/models/book.py", True),
        ("catalog/models/book.html", False),
        ("catalog/views.py", False),
        ("catalog/migrations/0001_initial.py", False),
        ("catalog/test_models.py", False),
    ],
)
def test_models_are_where_django_projects_have_them(path: str, is_one: bool) -> None:
    assert is_of_models(path) is is_one


def test_what_is_missing_is_told_by_app_and_in_few_words() -> None:
    assert missing_migrations(1, DJANGO_5) == (
        "catalog: models changed without a migration (add field isbn to book, alter field title on book)"
    )
    assert missing_migrations(1, DJANGO_2) == (
        "catalog: models changed without a migration (add field isbn to book); "
        "orders: models changed without a migration "
        "(create model Return, create model Refund, remove field note from order, 1 more)"
    )


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (0, "No changes detected\n"),
        (1, ""),
        (1, "Traceback (most recent call last):\n"),
        (2, "manage.py makemigrations: error: unrecognized arguments: --check\n"),
        (-1, DJANGO_5),
    ],
)
def test_where_nothing_is_missing_or_nobody_can_tell_nothing_is_said(code: int, output: str) -> None:
    assert missing_migrations(code, output) == ""
