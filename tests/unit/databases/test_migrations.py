from __future__ import annotations

from devenv.databases.migrations import Migration, ahead, behind, is_source, read_applied

APPLIED = frozenset(
    {
        Migration("catalog", "0001_initial"),
        Migration("catalog", "0002_price"),
        Migration("auth", "0001_initial"),
    }
)


def test_what_the_script_printed_is_read() -> None:
    text = "catalog\t0001_initial\ncatalog\t0002_price\n\nauth\t0001_initial\n"
    assert read_applied(text) == APPLIED
    assert read_applied("") == frozenset()


def test_a_migration_that_is_applied_and_not_on_disk_is_ahead_and_other_packages_are_passed_over() -> None:
    sources = {"shop/catalog/migrations/0001_initial.py": "", "shop/catalog/migrations/__init__.py": ""}
    assert ahead(APPLIED, sources) == (Migration("catalog", "0002_price"),)
    assert str(ahead(APPLIED, sources)[0]) == "catalog.0002_price"


def test_a_migration_that_stays_in_the_containers_is_not_missed() -> None:
    sources = {"catalog/migrations/__init__.py": ""}
    assert ahead(APPLIED, sources, lambda path: path != "catalog/migrations/0001_initial.py") == (
        Migration("catalog", "0002_price"),
    )
    assert ahead(APPLIED, sources, lambda _: False) == ()


def test_with_every_file_on_disk_nothing_is_ahead() -> None:
    sources = {f"catalog/migrations/{name}.py": "" for name in ("0001_initial", "0002_price", "0003_more")}
    assert ahead(APPLIED, sources) == ()


def test_what_a_squashed_migration_replaces_is_there() -> None:
    squashed = (
        'class Migration:\n    replaces = [("catalog", "0001_initial"), ["catalog", "0002_price"], (1, 2)]\n'
    )
    assert ahead(APPLIED, {"catalog/migrations/0001_squashed.py": squashed}) == ()


def test_a_file_that_cannot_be_parsed_is_there_all_the_same() -> None:
    sources = {"catalog/migrations/0001_initial.py": "", "catalog/migrations/0002_price.py": "replaces = ["}
    assert ahead(APPLIED, sources) == ()


def test_only_files_directly_in_a_migrations_folder_count() -> None:
    sources = {"catalog/migrations/0001_initial.py": "", "catalog/migrations/old/0002_price.py": ""}
    assert ahead(APPLIED, sources) == (Migration("catalog", "0002_price"),)


def test_an_app_is_labelled_as_its_config_says_in_plain_words() -> None:
    config = 'class Shop(AppConfig):\n    name = "shop"\n    label = "catalog"\n'
    sources = {"shop/apps.py": config, "shop/migrations/0001_initial.py": ""}
    assert ahead(APPLIED, sources) == (Migration("catalog", "0002_price"),)
    assert ahead(APPLIED, sources | {"shop/apps.py": config.replace("label", "label: str")}) == (
        Migration("catalog", "0002_price"),
    )


def test_a_config_that_says_no_label_or_several_or_nothing_that_can_be_read_leaves_the_folders_name() -> None:
    for config in (
        'class Shop(AppConfig):\n    name = "shop"\n',
        'class A(AppConfig):\n    label = "x"\n\nclass B(AppConfig):\n    label = "y"\n',
        "class Shop(AppConfig):\n    label = NAME\n",
        "class Shop(AppConfig:\n    label = 'x'\n",
        "label = 'x'\n",
    ):
        sources = {"shop/catalog/apps.py": config, "shop/catalog/migrations/0001_initial.py": ""}
        assert ahead(APPLIED, sources) == (Migration("catalog", "0002_price"),)


def test_what_says_which_migrations_there_are_is_asked_for_and_nothing_else() -> None:
    paths = ("a/migrations/0001.py", "a/apps.py", "apps.py", "a/migrations/old/0002.py", "a/migrations/x.sql")
    assert [path for path in paths if is_source(path)] == ["a/migrations/0001.py", "a/apps.py", "apps.py"]


def test_what_is_on_disk_and_not_applied_is_behind_and_what_django_does_not_read_is_none() -> None:
    sources = {
        "catalog/migrations/__init__.py": "",
        "catalog/migrations/_helpers.py": "",
        "catalog/migrations/0001_initial.py": "",
        "shelf/apps.py": "class ShelfConfig:\n    label = 'shelves'\n",
        "shelf/migrations/0001_initial.py": "",
    }
    assert behind(APPLIED, sources) == (Migration("shelves", "0001_initial"),)
    assert behind({*APPLIED, Migration("shelves", "0001_initial")}, sources) == ()
