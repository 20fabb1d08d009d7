"""Which translations are compiled, and how."""

from __future__ import annotations

from devenv.reload.translations import compilations, compiled_name

GERMAN = "shop/locale/de/LC_MESSAGES/django.po"


def test_only_the_changed_translations_in_a_locale_folder_are_compiled() -> None:
    paths = [GERMAN, "notes.po", "shop/views.py", "locale/fr/LC_MESSAGES/djangojs.po", GERMAN[:-2] + "mo"]
    assert [work.makes for work in compilations(paths)] == [
        "shop/locale/de/LC_MESSAGES/django.mo",
        "locale/fr/LC_MESSAGES/djangojs.mo",
    ]


def test_the_compiled_file_lies_beside_its_source() -> None:
    assert compiled_name(GERMAN) == "shop/locale/de/LC_MESSAGES/django.mo"
    (work,) = compilations([GERMAN])
    assert work.run[:2] == ("sh", "-c")
    assert work.run[3:] == ("sh", f"/app/{GERMAN}", "/app/shop/locale/de/LC_MESSAGES/django.mo")
