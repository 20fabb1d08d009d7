"""Service definitions: chosen, filled in, ranked."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from devenv.config import load, templates_folder
from devenv.config.environment import Mount, Port, Service
from devenv.errors import ConfigError
from tests.unit.config.conftest import SERVED, Project

DEFINITIONS = sorted(file.stem for file in (templates_folder() / "services").glob("*.yaml"))


def services(project: Project, written: str) -> dict[str, Service]:
    environment = project.environment(f"{SERVED}services: {written}\n")
    return {service.name: service for service in environment.services}


def test_there_are_definitions_of_what_django_projects_use() -> None:
    names = "elasticsearch mailpit mariadb memcached minio mysql nginx node opensearch pgbouncer postgres"
    assert [*names.split(), "rabbitmq", "redis", "valkey"] == DEFINITIONS


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_a_definition_is_complete_and_leaves_no_placeholder(project: Project, kind: str) -> None:
    path = ", path: shop" if kind == "node" else ""
    service = services(project, f"{{it: {{type: {kind}{path}}}}}")["it"]

    assert service.kind == kind
    assert service.health_check is not None
    assert any(value == "it" for value in service.gives.values())
    assert service.shell
    texts = [*service.env.values(), *service.gives.values(), *service.health_check.test, *service.shell]
    assert not [text for text in texts if re.search(r"\{[a-z][a-z0-9_-]*(:url)?\}", text)]


@pytest.mark.parametrize(
    ("written", "kind", "image"),
    [
        ("postgres", "postgres", "postgres:17"),
        ("postgres:16-alpine", "postgres", "postgres:16-alpine"),
        ("valkey:8", "valkey", "valkey/valkey:8"),
        ("valkey/valkey:7.2", "valkey", "valkey/valkey:7.2"),
        ("{type: postgres, image: 'postgis/postgis:17-3.5'}", "postgres", "postgis/postgis:17-3.5"),
        ("{type: redis, version: 7}", "redis", "redis:7"),
        ("postgis/postgis:17-3.5", "image", "postgis/postgis:17-3.5"),
        ("nginx:1.27", "nginx", "nginx:1.27"),
        ("traefik:3", "image", "traefik:3"),
        ("localhost:5000/redis", "image", "localhost:5000/redis"),
    ],
)
def test_an_image_brings_the_definition_of_its_name(
    project: Project, written: str, kind: str, image: str
) -> None:
    service = services(project, f"{{it: {written}}}")["it"]

    assert (service.kind, service.image) == (kind, image)


@pytest.mark.parametrize(
    ("image", "volumes"),
    [
        ("postgres:17.5-alpine", {"it-postgres-17": "/var/lib/postgresql/data"}),
        ("postgres:18", {"it-postgres-18": "/var/lib/postgresql"}),
        ("postgres:latest", {"it-postgres-latest": "/var/lib/postgresql"}),
        ("mariadb:11.4", {"it-mariadb-11": "/var/lib/mysql"}),
        ("memcached:1.6", {}),
    ],
)
def test_data_is_kept_apart_by_product_and_major_version(
    project: Project, image: str, volumes: dict[str, str]
) -> None:
    mounts = services(project, f"{{it: '{image}'}}")["it"].mounts

    assert {mount.volume: mount.target for mount in mounts} == volumes


def test_a_broker_outranks_a_cache_and_what_is_written_outranks_both(project: Project) -> None:
    found = services(
        project,
        "{cache: redis:8, mq: rabbitmq:4, second: redis:8, "
        "own: {image: 'acme/x:1', gives: {REDIS_URL: 'redis://{host}'}}}",
    )

    assert found["mq"].gives["CELERY_BROKER_URL"] == "amqp://app:app@mq:5672/app"
    assert found["own"].gives == {"REDIS_URL": "redis://own"}
    assert found["cache"].gives == {
        "REDIS_HOST": "cache",
        "REDIS_PORT": "6379",
        "CACHE_URL": "redis://cache:6379/1",
    }
    assert found["second"].gives == {}


def test_text_in_braces_that_is_no_placeholder_stays(project: Project) -> None:
    found = services(project, """{s: {image: 'acme/x:1', gives: {JSON: '{"a": {"b": 1}} {} $x'}}}""")

    assert found["s"].gives == {"JSON": '{"a": {"b": 1}} {} $x'}


def test_a_definitions_port_is_published_only_when_asked(project: Project) -> None:
    found = services(project, "{a: redis:8, b: {image: redis:8, publish: true}}")

    assert (found["a"].ports, found["b"].ports) == (
        (Port(container=6379),),
        (Port(container=6379, host=6379),),
    )


def test_pages_for_a_browser_are_published_and_can_be_moved(project: Project) -> None:
    found = services(project, "{a: mailpit, b: {type: mailpit, ports: ['8026:8025']}}")

    assert (found["a"].ports, found["b"].ports) == (
        (Port(container=1025), Port(container=8025, host=8025)),
        (Port(container=1025), Port(container=8025, host=8026)),
    )


def test_two_services_cannot_publish_one_page(project: Project) -> None:
    assert project.problems(f"{SERVED}services:\n  a: mailpit\n  b: mailpit\n") == [
        "devenv.yaml:6:3 services.b.ports: port 8025 of the host is taken by services.a.ports at line 5; "
        'publish it elsewhere, such as "8026:8025"'
    ]


def test_a_pool_is_what_the_app_gets_where_there_is_one(project: Project) -> None:
    found = services(
        project, "{db: postgres:17, pool: {type: pgbouncer, settings: {pool-mode: transaction}}}"
    )

    assert found["pool"].gives["DATABASE_URL"] == "postgres://app:app@pool:5432/app"
    assert found["pool"].env["POOL_MODE"] == "transaction"
    assert "DATABASE_URL" not in found["db"].gives


def test_a_broken_definition_is_reported_with_its_own_line(project: Project) -> None:
    folder = project.root / "templates" / "services"
    shutil.copytree(templates_folder() / "services", folder)
    redis = folder / "redis.yaml"
    redis.write_text(redis.read_text().replace("port: 6379", "prot: 6379"), encoding="utf-8")
    (project.root / "devenv.yaml").write_text(f"{SERVED}services: {{c: redis:8}}\n", encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load(project.root / "devenv.yaml", Path(project.root / "templates"))

    assert raised.value.details == (
        "templates/services/redis.yaml:5:1 prot: unknown key; did you mean `port`?\n  | prot: 6379\n  | ^"
    )


def test_a_new_file_is_a_new_service(project: Project) -> None:
    folder = project.root / "templates" / "services"
    folder.mkdir(parents=True)
    (folder / "mailpit.yaml").write_text(
        "description: Mailpit\nimage: axllent/mailpit\nversions: [v1]\ndefault_version: v1\nport: 1025\n"
        "health_check: [CMD, /mailpit, readyz]\ngives: {EMAIL_HOST: '{host}'}\n",
        encoding="utf-8",
    )
    (project.root / "devenv.yaml").write_text(f"{SERVED}services: {{mail: mailpit}}\n", encoding="utf-8")

    service = load(project.root / "devenv.yaml", project.root / "templates").environment.services[0]

    assert (service.image, service.gives) == ("axllent/mailpit:v1", {"EMAIL_HOST": "mail"})


def test_a_service_that_is_looked_for_on_localhost_is_found_at_its_port_and_its_socket(
    project: Project,
) -> None:
    written = "{db: {image: 'postgres:17', localhost: true}, cache: {image: 'redis:8', localhost: 6380}}"
    found = {name: service.localhost for name, service in services(project, written).items()}
    assert found == {"db": ("5432", "/run/postgresql/.s.PGSQL.5432"), "cache": ("6380",)}


def test_an_empty_variable_keeps_it_from_the_image_and_leaves_the_setting(project: Project) -> None:
    written = "{db: {image: 'mysql:8.4', settings: {user: root, password: a}, env: {MYSQL_USER: ''}}}"
    db = services(project, written)["db"]
    assert (db.env["MYSQL_USER"], db.gives["MYSQL_USER"], db.shell[1]) == ("", "root", "--user=root")


def test_a_prefix_gives_the_parts_under_the_names_that_the_project_reads(project: Project) -> None:
    found = services(project, "{db: {image: postgres:17, prefix: [SQL, REPORTS_], settings: {user: a/b}}}")[
        "db"
    ]

    names = ("HOST", "PORT", "NAME", "DATABASE", "USER", "USERNAME", "PASSWORD", "PASS", "ENGINE", "URL")
    assert {name for name in found.gives if name.startswith(("SQL_", "REPORTS_"))} == {
        f"{prefix}_{name}" for prefix in ("SQL", "REPORTS") for name in names
    }
    assert (found.gives["SQL_USER"], found.gives["SQL_HOST"]) == ("a/b", "db")
    assert found.gives["REPORTS_URL"] == "postgres://a%2Fb:app@db:5432/app"


def test_of_two_services_the_one_whose_prefix_it_is_gives_a_variable(project: Project) -> None:
    found = services(project, "{db: postgres:17, second: {image: mariadb:11, prefix: POSTGRES}}")

    assert found["second"].gives["POSTGRES_HOST"] == "second"
    assert "POSTGRES_HOST" not in found["db"].gives
    assert found["db"].gives["DATABASE_URL"] == "postgres://app:app@db:5432/app"


@pytest.mark.parametrize(
    ("written", "ports"),
    [
        ("nginx", [Port(container=80, host=8080)]),
        ("{type: nginx, publish: false}", [Port(container=80)]),
        ("{type: nginx, port: 9000}", [Port(container=9000, host=9000)]),
        ("{type: postgres, port: '5433:5432'}", [Port(container=5432, host=5433)]),
        (
            "{image: 'acme/x:1', port: 9200, ports: [9300]}",
            [Port(container=each, host=each) for each in (9200, 9300)],
        ),
    ],
)
def test_a_port_is_published_as_it_is_written_else_as_it_is_defined(
    project: Project, written: str, ports: list[Port]
) -> None:
    assert [*services(project, f"{{it: {written}}}")["it"].ports] == ports


def test_a_front_end_is_its_folder_with_modules_of_its_own(project: Project) -> None:
    project.write_all({"front/package.json": "{}", "front/package-lock.json": "{}"})

    loaded = project.loaded(f"{SERVED}services: {{front: {{type: node, version: '22.1', path: ./front/}}}}\n")

    front = loaded.environment.services[0]
    assert front.mounts == (
        Mount(target="/srv/frontend", folder="front"),
        Mount(target="/srv/frontend/node_modules", volume="front-node-22-node-modules"),
    )
    assert [*front.followed] == ["front/package.json", "front/package-lock.json"]
    assert {project.root / "front" / name for name in ("package.json", "yarn.lock")} <= {*loaded.files}
    assert (front.is_awaited, front.downloads, front.working_dir) == (False, True, "/srv/frontend")


def test_a_definition_of_the_project_wins_over_one_of_devenv_and_is_followed(project: Project) -> None:
    redis = (templates_folder() / "services" / "redis.yaml").read_text("utf-8")
    project.write_all({"devenv.d/services/redis.yaml": redis.replace("port: 6379", "port: 6380")})

    loaded = project.loaded(f"{SERVED}services: {{cache: redis:8, db: postgres}}\n")

    assert loaded.environment.services[0].gives["REDIS_URL"] == "redis://cache:6380/0"
    own = project.root / "devenv.d" / "services"
    assert {own, own / "redis.yaml", own / "postgres.yaml"} <= {*loaded.files}
    assert templates_folder() / "services" / "redis.yaml" not in loaded.files


def test_what_a_definition_publishes_unasked_is_a_page(project: Project) -> None:
    found = services(
        project, "{a: nginx, b: {type: nginx, port: 9000}, c: mailpit, d: {type: redis, port: 6380}}"
    )

    assert [each.pages for each in found.values()] == [(80,), (9000,), (8025,), ()]


def test_a_variable_that_the_definition_gives_can_be_taken_back(project: Project) -> None:
    db = services(project, "{db: {image: postgres:17, without: DATABASE_URL}}")["db"]
    assert "DATABASE_URL" not in db.gives
    assert db.gives["POSTGRES_HOST"] == "db"


def test_only_what_a_definition_gives_can_be_taken_back(project: Project) -> None:
    with pytest.raises(ConfigError) as raised:
        services(project, "{db: {image: postgres:17, without: DATABASE_URI}}")
    assert "its definition gives no DATABASE_URI; did you mean `DATABASE_URL`?" in str(raised.value.details)
