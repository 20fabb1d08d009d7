"""The database scripts of templates/services on real servers, with names that need quoting."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from devenv.config.environment import Service
from devenv.databases.listing import read_listing
from devenv.databases.migrations import Migration, read_applied
from devenv.databases.names import next_database, snapshot_database
from tests.contract.test_service_definitions import (
    docker,
    engine_answers,
    health_in_the_end,
    service_of,
    start,
)

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not engine_answers(), reason="no engine answers; `make lab` sets one up"),
]
SQL_OPTION = {"postgres": "-Atqc", "mariadb": "-Ne", "mysql": "-Ne"}


@dataclass(frozen=True, slots=True)
class Server:
    """A database server that runs, and its definition."""

    service: Service
    container_id: str

    def run(self, script: str, **names: str) -> str:
        assert self.service.database
        options = [word for name, value in names.items() for word in ("--env", f"{name}={value}")]
        done = docker("exec", *options, self.container_id, "sh", "-c", self.service.database.scripts[script])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sql(self, text: str) -> str:
        """In the live database, as the app's user."""
        done = docker("exec", self.container_id, *self.service.shell, SQL_OPTION[self.service.kind], text)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def databases(self) -> set[str]:
        return {each.name for each in read_listing(self.run("list"))}


@pytest.fixture(scope="module", params=sorted(SQL_OPTION))
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    service = service_of(request.param, folder)
    container_id = start(service, folder)
    try:
        assert health_in_the_end(service, container_id).returncode == 0
        yield Server(service, container_id)
    finally:
        docker("rm", "--force", "--volumes", container_id)


@pytest.fixture
def server(running: Server) -> Server:
    """Nothing of the other test is left."""
    assert running.service.database
    for name in running.databases():
        if name.startswith(f"{running.service.database.name}__"):
            running.run("drop", NAME=name)
    for table in ("book", "django_migrations"):
        running.sql(f"drop table if exists {table}")
    return running


@pytest.fixture
def _idle_client(server: Server) -> Iterator[None]:
    """Somebody who is connected to the live database all the time, as with persistent connections."""
    command = ["docker", "exec", "-i", server.container_id, *server.service.shell]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as idle:
        yield
        idle.kill()


@pytest.mark.usefixtures("_idle_client")
def test_a_database_is_copied_and_another_takes_its_place(server: Server) -> None:
    assert server.service.database
    live = server.service.database.name
    kept, following = snapshot_database(live, "monday"), next_database(live)
    server.sql("create table book (title varchar(50)); insert into book values ('first')")
    server.sql("create table django_migrations (app varchar(50), name varchar(50))")
    assert read_applied(server.run("applied", NAME=live)) == frozenset()
    server.sql("insert into django_migrations values ('catalog', '0001_initial')")

    server.run("copy", FROM=live, TO=kept)
    server.sql("update book set title = 'second'")
    server.run("copy", FROM=kept, TO=following)
    found = {each.name: each for each in read_listing(server.run("list"))}
    assert {live, kept, following} <= found.keys()
    assert found[kept].size_bytes > 0
    assert found[kept].made > 1_700_000_000

    aside = snapshot_database(live, "before-restore")
    server.run("swap", NAME=live, ASIDE=aside, NEXT=following)
    assert server.sql("select title from book") == "first"
    assert following not in server.databases()
    assert read_applied(server.run("applied", NAME=live)) == {Migration("catalog", "0001_initial")}

    server.run("swap", NAME=live, ASIDE=following, NEXT=aside)
    assert server.sql("select title from book") == "second"


def test_an_empty_database_is_made_takes_the_place_and_has_no_migrations(server: Server) -> None:
    assert server.service.database
    live = server.service.database.name
    kept, following = snapshot_database(live, "before-reset"), next_database(live)
    server.sql("create table book (title varchar(50))")
    server.run("create", NAME=following)
    server.run("swap", NAME=live, ASIDE=kept, NEXT=following)
    assert server.run("applied", NAME=live) == ""
    server.sql("create table book (title varchar(50))")  # it is empty, and the app's user may fill it
    server.run("drop", NAME=kept)
    server.run("drop", NAME=kept)
    assert kept not in server.databases()
