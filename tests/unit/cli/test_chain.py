"""`devenv status` as the literal text that people read."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

from devenv.cli.chain import status_lines
from devenv.compiler.compiled import Role
from devenv.workflows.status import ContainerStatus, Link, Status

DB = ContainerStatus(name="db", role=Role.SERVICE, image="postgres:17", state="running, healthy")
MIGRATE = ContainerStatus(name="migrate", role=Role.JOB, image="devenv/shop:dev", state="exited (0)")
WEB = ContainerStatus(
    name="web",
    role=Role.PROCESS,
    image="devenv/shop:dev",
    state="running, healthy",
    urls=("http://localhost:8001/",),
    code="ready",
)
GOOD = Status(
    environment="shop",
    project_name="shop",
    devenv_yaml="/home/ada/shop/devenv.yaml",
    chain=(
        Link(name="lock", state="ok", text="devenv.lock pins 2 images"),
        Link(name="image", state="ok", text="devenv/shop:dev"),
        Link(name="containers", state="ok", text="all 3 as they should be"),
        Link(name="source", state="none", text="no process runs that could tell"),
    ),
    containers=(DB, MIGRATE, WEB),
)


def shown(status: Status) -> str:
    return "\n".join(text for text, _ in status_lines(status)) + "\n"


def test_what_is_as_it_should_be_takes_a_line() -> None:
    assert shown(GOOD) == dedent("""\
        shop  /home/ada/shop/devenv.yaml

          ok lock        devenv.lock pins 2 images
          ok image       devenv/shop:dev
          ok containers  all 3 as they should be
                         db       healthy  postgres:17
                         migrate  done
                         web      healthy               http://localhost:8001/
          -- source      no process runs that could tell

        `devenv up` has nothing to do
        """)


def test_what_is_stale_is_said_where_it_is_with_its_causes() -> None:
    web = replace(WEB, stale=("app.env.DEBUG changed, devenv.yaml:9",))
    chain = (
        Link(
            name="image",
            state="stale",
            text="devenv/shop:dev is older than its inputs",
            why=("python changed",),
        ),
        Link(name="containers", state="stale", text="1 of 2 as they should be", why=("web: said below",)),
    )
    status = replace(
        GOOD,
        project_name="shop-2",
        chain=chain,
        containers=(DB, web),
        leftovers=("volume old",),
        has_nothing_to_do=False,
    )
    assert shown(status) == dedent("""\
        shop, compose project shop-2  /home/ada/shop/devenv.yaml

          !! image       devenv/shop:dev is older than its inputs
                         python changed
          !! containers  1 of 2 as they should be
                         db   healthy  postgres:17
                         web  healthy               http://localhost:8001/
                           app.env.DEBUG changed, devenv.yaml:9
          !! left over   volume old

        `devenv plan` shows what `devenv up` would do
        """)


def test_many_reasons_are_cut() -> None:
    link = Link(name="source", state="stale", text="14 paths", why=tuple(f"modified {n}" for n in range(14)))
    assert shown(replace(GOOD, chain=(link,))).splitlines()[-3] == f"{'':17}and 2 more"


def test_nothing_is_up() -> None:
    link = Link(name="containers", state="none", text="none is there; `devenv up` makes them")
    absent = replace(GOOD, chain=(link,), has_nothing_to_do=False)
    assert "db" not in shown(absent)


def test_a_pinned_image_is_shown_by_the_beginning_of_its_digest() -> None:
    pinned = replace(DB, image=f"postgres:17@sha256:{'0123456789abcdef' * 4}")
    assert "  postgres:17@sha256:0123456789ab…" in shown(replace(GOOD, containers=(pinned,)))


def test_code_that_does_not_start_is_said_beside_the_container() -> None:
    assert "healthy, code does not start" in shown(replace(GOOD, containers=(replace(WEB, code="broken"),)))


def test_a_process_is_ready_when_its_agent_says_so_whenever_the_engine_looks() -> None:
    young = replace(WEB, state="running, starting")
    assert "  ready  " in shown(replace(GOOD, containers=(young,)))
    assert "  starting  " in shown(replace(GOOD, containers=(replace(young, code=""),)))


def test_reloads_that_are_cold_are_said_once() -> None:
    lines = shown(replace(GOOD, cold="Python 2.7 is too old")).splitlines()
    assert [line for line in lines if "cold" in line] == ["  -- reloads     are cold: Python 2.7 is too old"]
