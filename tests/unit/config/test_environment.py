"""devenv.yaml -> Environment, whole."""

from __future__ import annotations

import json

import pytest
import yaml

from devenv.config import load_environment, templates_folder
from devenv.config.environment import (
    App,
    Database,
    Dependencies,
    Environment,
    HealthCheck,
    Job,
    Mount,
    Origin,
    Port,
    Process,
    Service,
    Sync,
    When,
)
from tests.unit.config.conftest import HEAD, SERVED, Project

POSTGRES = yaml.safe_load((templates_folder() / "services" / "postgres.yaml").read_text("utf-8"))
EVERYTHING = """\
name: shop
python: 3.12
x-note: {kept: out}
app:
  path: .
  settings: shop.settings
  asgi: shop.asgi
  dependencies: none
  system_packages: [libmagic1, "gettext=0.21-4"]
  env: {DEBUG: true, PRICE: 1.10, MODE: on, CASH: "$HOME ${X}", WHEN: 2024-01-02}
  env_file: .env
services:
  db: {type: postgres, version: 16.4, settings: {database: shop}, env: {POSTGRES_USER: "a/b"}, publish: 5433}
  search:
    image: ghcr.io/acme/search:1
    env: {HEAP: 1g}
    command: serve --quiet
    ports: [9200, "9301:9300", {container: 9400, host: 9401}]
    volumes: {data: /data}
    health_check: curl --fail localhost:9200 || exit 1
    gives: {SEARCH_URL: "http://{host}:{port}"}
processes:
  web: {port: "8080:8000", env: {WORKERS: 2}}
  worker: celery -A shop worker
  beat: [celery, -A, shop, beat]
jobs:
  migrate: python manage.py migrate
  seed:
    command: "python manage.py seed > /dev/null"
    before: web
    env: {N: 3}
    when: {change: "*.json", ask: true}
  demo: {command: python manage.py migrate_demo, when: manual}
sync: {mode: bind, ignore: ["*.log"], pull: ["**/migrations/*.py"]}
"""


def test_every_key_becomes_a_value(project: Project) -> None:
    project.write_all({".env": "SECRET='a $b'\nexport DEBUG=false\n# no\n", ".dockerignore": "*.sqlite3\n"})

    environment = project.environment(EVERYTHING)

    assert environment == Environment(
        name="shop",
        python="3.12",
        app=App(
            path=".",
            working_dir=".",
            settings="shop.settings",
            wsgi=None,
            asgi="shop.asgi:application",
            dependencies=Dependencies(kind="none"),
            system_packages=("libmagic1", "gettext=0.21-4"),
            env={
                "DJANGO_SETTINGS_MODULE": "shop.settings",
                "DEBUG": "true",
                "PRICE": "1.10",
                "MODE": "on",
                "CASH": "$HOME ${X}",
                "WHEN": "2024-01-02",
            },
            env_files=(".env",),
            env_file_values={"SECRET": "a $b", "DEBUG": "false"},
            dockerignore="*.sqlite3\n",
        ),
        services=(
            Service(
                name="db",
                kind="postgres",
                image="postgres:16.4",
                env={"POSTGRES_USER": "a/b", "POSTGRES_PASSWORD": "app", "POSTGRES_DB": "shop"},
                ports=(Port(container=5432, host=5433),),
                mounts=(Mount(target="/var/lib/postgresql/data", volume="db-postgres-16"),),
                health_check=HealthCheck(
                    test=(
                        "CMD",
                        "psql",
                        "postgresql://a%2Fb:app@127.0.0.1:5432/shop?connect_timeout=3",
                        "--no-psqlrc",
                        "--quiet",
                        "--command=select 1",
                    )
                ),
                gives={
                    "DATABASE_URL": "postgres://a%2Fb:app@db:5432/shop",
                    "POSTGRES_HOST": "db",
                    "POSTGRES_PORT": "5432",
                    "POSTGRES_USER": "a/b",
                    "POSTGRES_PASSWORD": "app",
                    "POSTGRES_DB": "shop",
                },
                shell=("psql", "postgresql://a%2Fb@/shop"),
                database=Database(
                    name="shop",
                    scripts={name: text for name, text in POSTGRES["database"].items() if name != "name"},
                    data_paths={0: "/var/lib/postgresql/data", 18: "/var/lib/postgresql"},
                ),
                settings={"user": "a/b", "password": "app", "database": "shop"},
            ),
            Service(
                name="search",
                kind="image",
                image="ghcr.io/acme/search:1",
                env={"HEAP": "1g"},
                command=("serve", "--quiet"),
                ports=(
                    Port(container=9200, host=9200),
                    Port(container=9300, host=9301),
                    Port(container=9400, host=9401),
                ),
                mounts=(Mount(target="/data", volume="search-data"),),
                health_check=HealthCheck(test=("CMD", "sh", "-c", "curl --fail localhost:9200 || exit 1")),
                gives={"SEARCH_URL": "http://search:9200"},
            ),
        ),
        processes=(
            Process(name="web", command=None, port=Port(container=8000, host=8080), env={"WORKERS": "2"}),
            Process(name="worker", command=("celery", "-A", "shop", "worker")),
            Process(name="beat", command=("celery", "-A", "shop", "beat"), overlap=False),
        ),
        jobs=(
            Job(
                name="migrate",
                command=("python", "manage.py", "migrate"),
                before=("web", "worker", "beat"),
                when=When(change=("**/migrations/*.py",)),
            ),
            Job(
                name="seed",
                command=("sh", "-c", "python manage.py seed > /dev/null"),
                before=("web",),
                env={"N": "3"},
                when=When(change=("*.json",), ask=True),
            ),
            Job(
                name="demo",
                command=("python", "manage.py", "migrate_demo"),
                before=(),
                when=When(at="manual"),
            ),
        ),
        sync=Sync(mode="bind", ignore=("*.log",), pull=("**/migrations/*.py",)),
        origins=environment.origins,
    )


@pytest.mark.parametrize(
    ("command", "migrates"),
    [
        ("python manage.py migrate --noinput", True),
        ("[python, manage.py, migrate]", True),
        ("python manage.py wait_for_db && python manage.py migrate", True),
        ("django-admin migrate", True),
        ("python -m django migrate", True),
        ("python manage.py migrate_schemas --shared", True),
        ("python manage.py loaddata migrate.json", False),
        ("python manage.py makemigrations", False),
        ("python scripts/migrate.py", False),
    ],
)
def test_what_runs_migrate_runs_again_for_a_new_migration(
    project: Project, command: str, migrates: bool
) -> None:
    command = command if command.startswith("[") else json.dumps(command)
    environment = project.environment(f"{SERVED}jobs:\n  prepare: {command}\n")
    assert environment.jobs[0].when == When(change=("**/migrations/*.py",) if migrates else ())
    plain = project.environment(f"{SERVED}jobs:\n  prepare: {{command: {command}, when: up}}\n")
    assert plain.jobs[0].when == When()


def test_the_shortest_file_serves_what_startproject_made(project: Project) -> None:
    environment = project.environment(SERVED)

    assert (environment.app.wsgi, environment.app.asgi) == ("shop.wsgi:application", None)
    assert environment.processes == (Process(name="web", command=None, port=Port(container=8000, host=8000)),)
    assert environment.sync == Sync()


def test_settings_in_a_package_are_served_by_the_module_beside_the_package(project: Project) -> None:
    project.write_all({"config/settings/dev.py": "", "config/asgi.py": ""})

    app = project.environment(f"{HEAD}app: {{settings: config.settings.dev}}\n").app

    assert (app.wsgi, app.asgi) == (None, "config.asgi:application")


def test_every_key_and_item_knows_its_place(project: Project) -> None:
    text = (
        f"{HEAD}x-base: &base\n  A: b\napp:\n  system_packages: [git, curl]\n  env:\n    <<: *base\n"
        "    C: d\nprocesses: {web: {command: [serve, now]}}\n"
    )

    assert project.environment(text).origins == {
        "name": Origin("devenv.yaml", 1, 1),
        "python": Origin("devenv.yaml", 2, 1),
        "x-base": Origin("devenv.yaml", 3, 1),
        "x-base.A": Origin("devenv.yaml", 4, 3),
        "app": Origin("devenv.yaml", 5, 1),
        "app.system_packages": Origin("devenv.yaml", 6, 3),
        "app.system_packages.0": Origin("devenv.yaml", 6, 21),
        "app.system_packages.1": Origin("devenv.yaml", 6, 26),
        "app.env": Origin("devenv.yaml", 7, 3),
        "app.env.A": Origin("devenv.yaml", 4, 3),
        "app.env.C": Origin("devenv.yaml", 9, 5),
        "processes": Origin("devenv.yaml", 10, 1),
        "processes.web": Origin("devenv.yaml", 10, 13),
        "processes.web.command": Origin("devenv.yaml", 10, 19),
        "processes.web.command.0": Origin("devenv.yaml", 10, 29),
        "processes.web.command.1": Origin("devenv.yaml", 10, 36),
    }


def test_what_a_mapping_says_itself_wins_over_what_it_merges(project: Project) -> None:
    text = (
        f"{SERVED}x-one: &one {{A: one, B: one}}\nx-two: &two {{B: two, C: two}}\n"
        "processes: {web: {env: {C: own, <<: [*one, *two]}}}\n"
    )

    assert project.environment(text).processes[0].env == {"A": "one", "B": "one", "C": "own"}


def test_the_files_that_decided_are_named(project: Project) -> None:
    project.write_all({".env": "", "requirements.txt": "-r base.txt\n", "base.txt": "django\n"})

    loaded = project.loaded(
        f"{HEAD}app: {{settings: shop.settings, env_file: .env}}\nservices: {{c: redis}}\n"
    )

    templates = {file for file in loaded.files if file.name == "redis.yaml"}
    assert templates == {
        templates_folder() / "services" / "redis.yaml",
        project.root / "devenv.d" / "services" / "redis.yaml",  # it would win
    }
    assert set(loaded.files) - templates == {
        project.root / name
        for name in ("devenv.yaml", "devenv.local.yaml", ".env", "requirements.txt", "base.txt")
    }


def test_the_example_of_this_repository_loads() -> None:
    root = templates_folder().parent

    environment = load_environment(root / "devenv.yaml", templates_folder())

    assert [service.image for service in environment.services] == ["postgres:17", "redis:8"]
    assert [process.name for process in environment.processes] == ["web", "worker", "beat"]


def test_a_path_can_hold_no_pattern_and_no_line_break(project: Project) -> None:
    problems = project.problems(f'{HEAD}app: {{path: "!shop", working_dir: "a\\nb", wsgi: shop.wsgi}}\n')

    assert problems == [
        "devenv.yaml:3:13 app.path: "
        'expected a path of letters, digits, spaces and . _ - @ + , /, got "!shop"',
        "devenv.yaml:3:35 app.working_dir: "
        'expected a path with /, got "a\\nb"; in double quotes a backslash begins an escape',
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("app: {path: LONG}", "app.path: there is no folder xxx"),
        ("app: {working_dir: LONG}", "app.working_dir: there is no folder xxx"),
        ("app: {settings: shop.settings, env_file: LONG}", "app.env_file: xxx"),
        (
            "app: {settings: shop.settings, volumes: {data: {path: /data, folder: LONG}}}",
            "there is no folder",
        ),
        ("services: {front: {type: node, path: LONG}}", "services.front.path: there is no folder xxx"),
    ],
)
def test_a_path_that_is_too_long_for_any_file_is_explained(text: str, problem: str, project: Project) -> None:
    for long in ("x" * 300, "/".join(["x" * 200] * 40)):
        problems = project.problems(HEAD + text.replace("LONG", long) + "\n")
        assert any(problem in each for each in problems), problems


def test_a_dockerignore_that_leaves_out_the_whole_app_does_not_count(project: Project) -> None:
    project.write_all({"manage.py": "", ".dockerignore": "*\n!requirements\n"})
    assert project.environment(f"{HEAD}app: {{settings: shop.settings}}\n").app.dockerignore == ""


def test_what_other_tools_write_is_taken_where_it_can_mean_one_thing_only(project: Project) -> None:
    environment = project.environment(
        f"{HEAD}app: {{settings: shop.settings, wsgi: shop.wsgi.application}}\n"
        'processes: {web: {port: "8001"}}\n'
    )

    port = environment.processes[0].port
    assert environment.app.wsgi == "shop.wsgi:application"
    assert port
    assert (port.container, port.host) == (8001, 8001)
