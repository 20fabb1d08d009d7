from __future__ import annotations

from devenv.detect.finding import Place
from devenv.detect.seeding import may_run_twice, seeding
from devenv.detect.start_scripts import AtStart
from tests.unit.detect.trees import tree

COMMANDS = "shop/management/commands"
FILES = {
    "src/data/first.json": "[]",
    "src/shop/fixtures/roles.yaml": "[]",
    "seeds/units.json": "[]",
    f"src/{COMMANDS}/make_roles.py": "Role.objects.get_or_create(name='staff')\n",
    f"src/{COMMANDS}/fill.py": "Role.objects.create(name='staff')\n",
    f"src/{COMMANDS}/reset_roles.py": "Role.objects.get_or_create(name='staff')\n",
    f"src/{COMMANDS}/make_bucket.py": "import boto3\nif not bucket.exists():\n    pass\n",
    f"src/{COMMANDS}/renew.py": "Role.objects.all().delete()\nRole.objects.get_or_create(name='a')\n",
}


def jobs(*words: str, stops: bool = True) -> dict[str, str]:
    started = [AtStart(tuple(each.split()), Place("start.sh", 3), stops) for each in words]
    return {name: job.value for name, job in seeding(tree(FILES), "src", ["src"], started).jobs.items()}


def test_fixtures_that_are_in_the_tree_are_loaded_from_manage_pys_folder() -> None:
    assert jobs("loaddata roles data/first.json seeds/units.json") == {
        "fixtures": "python manage.py loaddata roles data/first.json ../seeds/units.json"
    }
    assert jobs("loaddata data/*.json -v2") == {"fixtures": "python manage.py loaddata -v2 data/*.json"}


def test_fixtures_that_are_not_there_or_go_elsewhere_are_not_loaded() -> None:
    for each in (
        "loaddata roles gone.json",
        "loaddata $FIXTURES",
        "loaddata roles --database other",
        "loaddata",
    ):
        assert jobs(each) == {}, each


def test_several_of_a_kind_are_one_job() -> None:
    assert jobs("loaddata roles", "loaddata data/first.json") == {
        "fixtures": "python manage.py loaddata roles && python manage.py loaddata data/first.json"
    }


def test_where_the_start_goes_on_after_a_failure_the_job_does_too() -> None:
    assert jobs("loaddata roles", "loaddata data/first.json", stops=False) == {
        "fixtures": "python manage.py loaddata roles || true; "
        "python manage.py loaddata data/first.json || true"
    }


def test_a_command_of_the_projects_own_is_run_where_its_file_shows_that_it_may_run_twice() -> None:
    started = [AtStart((each,), Place("start.sh", 3), stops=True) for each in ("make_roles", "fill")]
    found = seeding(tree(FILES), "src", ["src"], started)
    assert {name: job.value for name, job in found.jobs.items()} == {
        "make_roles": "python manage.py make_roles"
    }
    assert [each.words for each in found.open] == [("fill",)]


def test_what_takes_away_or_asks_another_machine_is_no_job() -> None:
    assert jobs("reset_roles", "make_bucket", "renew", "flush", "createsuperuser --noinput") == {}
    assert [may_run_twice(tree(FILES), f"src/{COMMANDS}/{name}.py") for name in ("make_roles", "renew")] == [
        True,
        False,
    ]
