"""PgBouncer as its definition starts it, in front of a database that starts after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from devenv.config import load_environment, templates_folder
from devenv.config.environment import Service
from tests.contract.test_service_definitions import (
    LABEL,
    docker,
    engine_answers,
    health_in_the_end,
    health_of,
)

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not engine_answers(), reason="no engine answers; `make lab` sets one up"),
]
SERVICES = "{db: postgres:17, pool: {type: pgbouncer, settings: {database-host: db, pool-mode: transaction}}}"


@pytest.fixture
def network() -> Iterator[str]:
    """A network whose containers are removed with it."""
    name = f"dvt-pool-{uuid4().hex[:8]}"
    assert docker("network", "create", "--label", LABEL, name).returncode == 0
    yield name
    docker("rm", "--force", "--volumes", f"{name}-db", f"{name}-pool")
    docker("network", "rm", name)


def start(service: Service, network: str) -> str:
    if docker("image", "inspect", service.image).returncode and docker("pull", service.image).returncode:
        pytest.skip(f"{service.image} cannot be pulled here")
    variables = [word for name, value in service.env.items() for word in ("--env", f"{name}={value}")]
    name = f"{network}-{service.name}"
    named = ["--name", name, "--network", network, "--network-alias", service.name]
    started = docker("run", "--detach", "--label", LABEL, *named, *variables, service.image)
    assert started.returncode == 0, started.stderr
    return name


def test_the_pool_is_healthy_once_its_database_answers_and_gives_the_url_of_the_app(
    network: str, tmp_path: Path
) -> None:
    (tmp_path / "manage.py").touch()
    (tmp_path / "devenv.yaml").write_text(
        f'name: shop\npython: "3.13"\nprocesses: {{x: sleep 1}}\nservices: {SERVICES}\n', encoding="utf-8"
    )
    db, pool = load_environment(tmp_path / "devenv.yaml", templates_folder()).services

    in_front = start(pool, network)
    assert health_of(pool, in_front).returncode != 0
    behind = start(db, network)
    assert health_in_the_end(pool, in_front).returncode == 0

    assert "DATABASE_URL" not in db.gives
    query = "select current_user, current_database()"
    answer = docker("exec", behind, "psql", pool.gives["DATABASE_URL"], "-Atc", query)
    assert answer.stdout == "app|app\n", answer
    wrong = pool.gives["DATABASE_URL"].replace("app:app", "app:wrong")
    assert docker("exec", behind, "psql", wrong, "-Atc", query).returncode != 0
    assert docker("exec", in_front, *pool.shell, "-Atc", query).stdout == answer.stdout
