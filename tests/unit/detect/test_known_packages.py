"""What a project's own modules import, read from as little of them as tells."""

from __future__ import annotations

import pytest

from devenv.detect.known_packages import imported_modules
from tests.unit.detect.trees import tree


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("import requests\n\n\ndef f():\n    import boto3\n", {"requests"}),
        ("from rest_framework import (\n    serializers,\n    views,\n)\nX = 1\n", {"rest_framework"}),
        ("from a import b, \\\n    c\nX = 1\n", {"a"}),
        ("X = 1\nimport late.part as part\n", {"late"}),
        ("try:\n    import ujson\nexcept ImportError:\n    import json\n", set()),
        ('"""\nimport of goods\nfrom shops (small)\n"""\nimport csv\n', {"csv"}),
        ("from . import here\n", set()),
        ("import broken (\n", set()),
        ("x = (\n", set()),
    ],
)
def test_the_imports_at_the_margin_are_found(text: str, modules: set[str]) -> None:
    assert imported_modules(tree({"shop/views.py": text}), ".") == modules


def test_a_docstring_that_ends_in_words_of_import_hides_nothing() -> None:
    text = 'import csv\n"""\nimport of goods\n"""\nX = 1\n'
    assert imported_modules(tree({"shop.py": text}), ".") == {"csv"}
