from __future__ import annotations

from devenv.detect.compose_file import ComposeService
from devenv.detect.finding import Place
from devenv.detect.start_scripts import AtStart, at_each_start, management_commands
from tests.unit.detect.trees import tree

DOCKERFILE = 'FROM python:3.13\nENTRYPOINT ["/start.sh"]\nCMD ["gunicorn"]\n'


def commands(script: str) -> list[str]:
    return [" ".join(each.words) for each in management_commands(script, "start.sh")]


def test_what_no_condition_or_loop_stands_before_runs_at_each_start() -> None:
    script = """
    python manage.py one
    if [ -n "$A" ]; then python manage.py no; fi
    if true
    then
        python manage.py no
    fi
    until python manage.py no; do sleep 1; done
    for each in a b; do
      python manage.py no
    done
    case "$1" in
      web) python manage.py no ;;
    esac
    again() {
      python manage.py no
    }
    [ -n "$A" ] && python manage.py no
    false || python manage.py no
    echo python manage.py no
    cat <<END
    python manage.py no
END
    ./manage.py two
    """
    assert commands(script) == ["one", "two"]


def test_a_command_is_known_behind_what_runs_it_and_on_several_lines() -> None:
    script = "gosu app uv run python3 src/manage.py loaddata \\\n  a.json \\\n  b.json --settings=x.y > /x\n"
    assert commands(script) == ["loaddata a.json b.json"]
    assert commands("DJANGO_SETTINGS_MODULE=other python manage.py load\n") == []


def test_whether_the_start_ends_where_a_command_fails() -> None:
    def stops(script: str) -> list[bool]:
        return [each.stops for each in management_commands(script, "start.sh")]

    assert stops("python manage.py a\npython manage.py b || true\n") == [False, False]
    assert stops("set -eu\npython manage.py a\npython manage.py b || true\n") == [True, False]
    assert stops("#!/bin/sh -e\npython manage.py a\n") == [True]
    assert stops("python manage.py a && python manage.py b; python manage.py c\n") == [True, False, False]


def test_the_images_entrypoint_runs_before_the_compose_files_command() -> None:
    files = tree({"Dockerfile": DOCKERFILE, "start.sh": "#!/bin/bash\npython manage.py of_script\n"})
    said = 'sh -c "python manage.py a && python manage.py runserver"'
    place = Place("compose.yaml", 3)
    service = ComposeService(name="web", place=place, built=True, dockerfile="Dockerfile", command=said)
    assert at_each_start(files, [service], []) == (
        AtStart(("of_script",), Place("start.sh", 2), stops=False),
        AtStart(("a",), place, stops=True),
        AtStart(("runserver",), place, stops=False),
    )


def test_an_entrypoint_of_the_compose_file_takes_the_place_of_the_images() -> None:
    files = tree({"Dockerfile": DOCKERFILE, "start.sh": "#!/bin/sh\npython manage.py of_script\n"})
    service = ComposeService(
        name="web",
        place=Place("compose.yaml", 3),
        built=True,
        dockerfile="Dockerfile",
        entrypoint="/other.sh",
    )
    assert at_each_start(files, [service], []) == ()


def test_the_script_beside_the_dockerfile_is_meant() -> None:
    files = tree(
        {
            "live/start.sh": "#!/bin/sh\npython manage.py live\n",
            "dev/Dockerfile": DOCKERFILE,
            "dev/start.sh": "#!/bin/sh\npython manage.py dev\n",
        }
    )
    found = at_each_start(files, [], ["dev/Dockerfile"])
    assert found == (AtStart(("dev",), Place("dev/start.sh", 2), stops=False),)
