"""A table: what is there, what is wanted, and the very plan; one edit or accident a row, or two at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from devenv.compiler.compiled import Assignments, CompiledProject, CompiledService, Role
from devenv.engine.client import ContainerSettings, Health, State
from devenv.engine.observed import ObservedContainer, ObservedProject
from devenv.engine.plan import UpOptions, plan_up
from tests.unit.engine.bookstore import (
    APP_IMAGE,
    AS_ASKED,
    NOTHING,
    READY,
    bookstore,
    container,
    images,
    origin_of,
    running,
    service,
    without,
    without_images,
)

SHOP = bookstore()
UP = running(SHOP)
MAIL = service("mail", Role.SERVICE, "mailpit:1", {"services.mail.version": "1"})
SEED = service("seed", Role.JOB, APP_IMAGE, {"jobs.seed.command": "seed"}, READY)
WORKER_2 = replace(SHOP.service("worker"), name="worker-2", process="worker")
STOPPED = {"state": State.EXITED, "exit_code": 143, "health": Health.NONE, "ports": {}}
CRASHED = STOPPED | {"exit_code": 1}
NEW: dict[str, object] = {"state": State.CREATED, "exit_code": None, "health": Health.NONE, "ports": {}}
PLAIN = UpOptions()
MOVED = Assignments(project_name="bookstore", ports={"DEVENV_PORT_WEB_8000": 8001}, wanted={})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; the plan's kept containers are not shown."""

    what: str
    plan: str
    wanted: CompiledProject = SHOP
    there: ObservedProject = UP
    options: UpOptions = PLAIN
    ports: Assignments = AS_ASKED


def more(*services: CompiledService) -> CompiledProject:
    return replace(SHOP, services=(*SHOP.services, *services))


def less(*names: str, of: CompiledProject = SHOP) -> CompiledProject:
    """Without services, also as what others depend on."""
    return replace(
        of,
        services=tuple(
            replace(
                each, depends_on={name: how for name, how in each.depends_on.items() if name not in names}
            )
            for each in of.services
            if each.name not in names
        ),
    )


def but(**changes: Mapping[str, object]) -> ObservedProject:
    return running(SHOP, but=changes)


def beside(there: ObservedProject, *others: ObservedContainer) -> ObservedProject:
    return replace(there, containers=(*there.containers, *others))


def with_images_of(there: ObservedProject, *projects: CompiledProject) -> ObservedProject:
    found = dict(there.images)
    for project in projects:
        found |= images(project)
    return replace(there, images=found)


def dirty(name: str) -> dict[str, object]:
    return {"config_hash": f"other {name}"}


ROWS = (
    Row(
        "all is as it should be",
        """
        """,
    ),
    Row(
        "a service more",
        """
            pull mail: mailpit:1 is not on this machine
            create mail: it is not there yet
        """,
        wanted=more(MAIL),
    ),
    Row(
        "a service more whose image is here",
        """
            create mail: it is not there yet
        """,
        wanted=more(MAIL),
        there=with_images_of(UP, more(MAIL)),
    ),
    Row(
        "a job more",
        """
            run seed: it has not run here yet
        """,
        wanted=more(SEED),
    ),
    Row(
        "a replica more",
        """
            run migrate: worker-2 is created
            create worker-2: it is not there yet
        """,
        wanted=more(WORKER_2),
    ),
    Row(
        "a replica less",
        """
            remove bookstore-worker-2-1: worker-2 is not in devenv.yaml any more
        """,
        there=running(more(WORKER_2)),
    ),
    Row(
        "a service less",
        """
            remove bookstore-cache-1: cache is not in devenv.yaml any more
        """,
        wanted=less("cache"),
    ),
    Row(
        "a job less",
        """
            remove bookstore-migrate-1: migrate is not in devenv.yaml any more
        """,
        wanted=less("migrate"),
    ),
    Row(
        "two processes less",
        """
            remove bookstore-web-1: web is not in devenv.yaml any more
            remove bookstore-worker-1: worker is not in devenv.yaml any more
        """,
        wanted=less("web", "worker"),
    ),
    Row(
        "everything but the database less",
        """
            remove bookstore-cache-1: cache is not in devenv.yaml any more
            remove bookstore-migrate-1: migrate is not in devenv.yaml any more
            remove bookstore-web-1: web is not in devenv.yaml any more
            remove bookstore-worker-1: worker is not in devenv.yaml any more
        """,
        wanted=less("cache", "migrate", "web", "worker"),
    ),
    Row(
        "another product under the name",
        """
            pull cache: valkey:8 is not on this machine
            recreate cache: services.cache.version changed, devenv.yaml:16
            run migrate: cache is recreated
        """,
        wanted=replace(
            SHOP,
            services=(
                SHOP.services[0],
                service("cache", Role.SERVICE, "valkey:8", {"services.cache.version": "8v"}),
                *SHOP.services[2:],
            ),
        ),
    ),
    Row(
        "the variable of all, and a package",
        """
            build devenv/bookstore:dev: app.system_packages changed, devenv.yaml:11
            run migrate: app.env.DEBUG changed, devenv.yaml:14
            recreate web: app.env.DEBUG changed, devenv.yaml:14
            recreate worker: app.env.DEBUG changed, devenv.yaml:14
        """,
        wanted=bookstore(debug="false", packages="gdal"),
    ),
    Row(
        "a package, and another version of the database",
        """
            build devenv/bookstore:dev: app.system_packages changed, devenv.yaml:11
            pull db: postgres:18 is not on this machine
            recreate db: services.db.version changed, devenv.yaml:17
            run migrate: its image is rebuilt
            recreate web: its image is rebuilt
            recreate worker: its image is rebuilt
        """,
        wanted=bookstore(packages="gdal", postgres="18"),
    ),
    Row(
        "another command of the worker, and one of the job",
        """
            run migrate: jobs.migrate.command changed, devenv.yaml:27
            recreate worker: processes.worker.command changed, devenv.yaml:23
        """,
        wanted=bookstore(worker="rq", migrate="migrate --fake"),
    ),
    Row(
        "another Python, built meanwhile by somebody else",
        """
            run migrate: its image is rebuilt
            recreate web: its image is rebuilt
            recreate worker: its image is rebuilt
        """,
        wanted=bookstore(python="3.12"),
        there=replace(UP, images=images(bookstore(python="3.12"))),
    ),
    Row(
        "a package taken back after the build, before the containers were made",
        """
        """,
        there=replace(UP, images=images(bookstore(packages="gdal"))),
    ),
    Row(
        "the port had to move",
        """
            run migrate: web is recreated
            recreate web: port 8000 moves to 8001 on the host
        """,
        ports=MOVED,
    ),
    Row(
        "the port had to move while the process was stopped",
        """
            run migrate: web is recreated
            recreate web: port 8000 moves to 8001 on the host
        """,
        there=but(web={**STOPPED, "settings": ContainerSettings(ports={8000: 8000})}),
        ports=MOVED,
    ),
    Row(
        "the port is where it was when the process was stopped",
        """
            run migrate: web is started
            start web: it is stopped
        """,
        there=but(web={**STOPPED, "settings": ContainerSettings(ports={8000: 8001})}),
        ports=MOVED,
    ),
    Row(
        "the port had to move, and a variable is another",
        """
            run migrate: app.env.DEBUG changed, devenv.yaml:14
            recreate web: app.env.DEBUG changed, devenv.yaml:14
            recreate worker: app.env.DEBUG changed, devenv.yaml:14
        """,
        wanted=bookstore(debug="false"),
        ports=MOVED,
    ),
    Row(
        "the database was stopped",
        """
            start db: it is stopped
        """,
        there=but(db=STOPPED),
    ),
    Row(
        "everything was stopped",
        """
            start db: it is stopped
            start cache: it is stopped
            run migrate: web is started; worker is started
            start web: it is stopped
            start worker: it is stopped
        """,
        there=but(db=STOPPED, cache=STOPPED, web=STOPPED, worker=STOPPED),
    ),
    Row(
        "everything was stopped, and a variable is another",
        """
            start db: it is stopped
            start cache: it is stopped
            run migrate: app.env.DEBUG changed, devenv.yaml:14
            recreate web: app.env.DEBUG changed, devenv.yaml:14
            recreate worker: app.env.DEBUG changed, devenv.yaml:14
        """,
        wanted=bookstore(debug="false"),
        there=but(db=STOPPED, cache=STOPPED, web=STOPPED, worker=STOPPED),
    ),
    Row(
        "the worker crashed",
        """
            run migrate: worker is started
            start worker: it ended with exit code 1
        """,
        there=but(worker=CRASHED),
    ),
    Row(
        "the worker crashed, and has another command",
        """
            run migrate: worker is recreated
            recreate worker: processes.worker.command changed, devenv.yaml:23
        """,
        wanted=bookstore(worker="rq"),
        there=but(worker=CRASHED),
    ),
    Row(
        "the job failed",
        """
            run migrate: it failed, exit code 2
        """,
        there=but(migrate={"exit_code": 2}),
    ),
    Row(
        "the job failed, and the worker is stopped",
        """
            run migrate: it failed, exit code 2
            start worker: it is stopped
        """,
        there=but(migrate={"exit_code": 2}, worker=STOPPED),
    ),
    Row(
        "the job failed, and its command was corrected",
        """
            run migrate: jobs.migrate.command changed, devenv.yaml:27
        """,
        wanted=bookstore(migrate="migrate --noinput"),
        there=but(migrate={"exit_code": 2}),
    ),
    Row(
        "an up was cut off before it started anything",
        """
            start db: it was not started yet
            start cache: it was not started yet
            run migrate: it was not started yet
            start web: it was not started yet
            start worker: it was not started yet
        """,
        there=but(db=NEW, cache=NEW, migrate=NEW, web=NEW, worker=NEW),
    ),
    Row(
        "an up was cut off after the services",
        """
            run migrate: it was not started yet
            start web: it was not started yet
            start worker: it was not started yet
        """,
        there=but(migrate=NEW, web=NEW, worker=NEW),
    ),
    Row(
        "an up was cut off while it made the worker anew",
        """
            remove 0a1b_bookstore-worker-1: worker has another container
        """,
        there=beside(
            UP,
            container(
                SHOP, "worker", name="0a1b_bookstore-worker-1", container_id="0a1b", config_hash="", created=0
            ),
        ),
    ),
    Row(
        "an up was cut off after the build",
        """
            create db: it is not there yet
            create cache: it is not there yet
            run migrate: it has not run here yet
            create web: it is not there yet
            create worker: it is not there yet
        """,
        there=replace(NOTHING, images=images(SHOP)),
    ),
    Row(
        "the database was removed by hand",
        """
            create db: it is not there yet
            run migrate: db is created
        """,
        there=without(UP, "db"),
    ),
    Row(
        "the job's container was removed by hand",
        """
            run migrate: it has not run here yet
        """,
        there=without(UP, "migrate"),
    ),
    Row(
        "all containers were removed by hand",
        """
            create db: it is not there yet
            create cache: it is not there yet
            run migrate: it has not run here yet
            create web: it is not there yet
            create worker: it is not there yet
        """,
        there=without(UP, "db", "cache", "migrate", "web", "worker"),
    ),
    Row(
        "web was removed by hand, and so was its image",
        """
            build devenv/bookstore:dev: there is no image yet
            run migrate: its image is rebuilt
            create web: it is not there yet
            recreate worker: its image is rebuilt
        """,
        there=without_images(without(UP, "web"), "devenv/bookstore:dev"),
    ),
    Row(
        "web was paused",
        """
            restart web: it is paused
        """,
        there=but(web={"state": State.PAUSED}),
    ),
    Row(
        "web is not healthy",
        """
            restart web: its health check fails
        """,
        there=but(web={"health": Health.UNHEALTHY}),
    ),
    Row(
        "the cache is dead",
        """
            recreate cache: the engine says that it is dead
            run migrate: cache is recreated
        """,
        there=but(cache={"state": State.DEAD}),
    ),
    Row(
        "the worker was renamed by hand",
        """
            run migrate: worker is recreated
            recreate worker: it was renamed to mine by hand
        """,
        there=but(worker={"name": "mine"}),
    ),
    Row(
        "another image has the cache's name",
        """
            recreate cache: redis:8 is another image now
            run migrate: cache is recreated
        """,
        there=but(cache={"image_id": "sha256:older"}),
    ),
    Row(
        "another image has the app's name",
        """
            build devenv/bookstore:dev: the image of that name was not built by devenv
            run migrate: its image was rebuilt
            recreate web: its image was rebuilt
            recreate worker: its image was rebuilt
        """,
        there=replace(
            UP,
            images={
                **UP.images,
                "devenv/bookstore:dev": replace(
                    UP.images["devenv/bookstore:dev"], image_id="x", build_hash="", inputs={}
                ),
            },
        ),
    ),
    Row(
        "somebody's container in the project",
        """
            remove bookstore-adminer-1: adminer is not in devenv.yaml any more
        """,
        there=beside(
            UP, container(SHOP, "web", service="adminer", name="bookstore-adminer-1", container_id="a")
        ),
    ),
    Row(
        "two old workers",
        """
            remove old-1: worker has another container
            remove old-2: worker has another container
        """,
        there=beside(
            UP,
            *(
                container(
                    SHOP, "worker", name=f"old-{n}", container_id=f"old-{n}", config_hash="", created=-n
                )
                for n in (1, 2)
            ),
        ),
    ),
    Row(
        "only the worker is asked for, and web is stale",
        """
        """,
        options=UpOptions(only=("worker",)),
        there=but(web=dirty("web")),
    ),
    Row(
        "only the cache is asked for, and nothing runs",
        """
            pull cache: redis:8 is not on this machine
            create cache: it is not there yet
        """,
        options=UpOptions(only=("cache",)),
        there=NOTHING,
    ),
    Row(
        "only the job is asked for, and nothing runs",
        """
            create db: it is not there yet
            create cache: it is not there yet
            run migrate: it has not run here yet
        """,
        options=UpOptions(only=("migrate",)),
        there=replace(NOTHING, images=images(SHOP)),
    ),
    Row(
        "a build is asked for, and nothing changed",
        """
            build devenv/bookstore:dev: asked for
            run migrate: its image is rebuilt
            recreate web: its image is rebuilt
            recreate worker: its image is rebuilt
        """,
        options=UpOptions(build=True),
    ),
    Row(
        "a build is asked for, and a variable is another",
        """
            build devenv/bookstore:dev: asked for
            run migrate: app.env.DEBUG changed, devenv.yaml:14
            recreate web: app.env.DEBUG changed, devenv.yaml:14
            recreate worker: app.env.DEBUG changed, devenv.yaml:14
        """,
        wanted=bookstore(debug="false"),
        options=UpOptions(build=True),
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=[row.what.replace(" ", "-") for row in ROWS])
def test_the_plan_is_as_the_table_says(row: Row) -> None:
    plan = plan_up(row.wanted, row.there, row.ports, options=row.options, origin_of=origin_of)
    assert list(map(str, plan.steps)) == lines_of(row.plan)


@pytest.mark.parametrize("row", ROWS, ids=[row.what.replace(" ", "-") for row in ROWS])
def test_steps_come_after_those_they_depend_on(row: Row) -> None:
    plan = plan_up(row.wanted, row.there, row.ports, options=row.options, origin_of=origin_of)
    last = {step.subject: number for number, step in enumerate(plan.steps)}
    for each in row.wanted.services:
        for name in each.depends_on:
            if each.name in last and name in last:
                assert last[name] < last[each.name]


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
