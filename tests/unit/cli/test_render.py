from dataclasses import replace
from pathlib import Path

from devenv.changes import ChangeKind, PathChange
from devenv.cli.render import (
    columns,
    comparison_text,
    environments_text,
    findings_text,
    leftovers_text,
    plan_text,
    plan_values,
    size_text,
    total_size,
)
from devenv.config.environment import Origin
from devenv.engine.checks import Finding, Verdict
from devenv.engine.environments import FoundEnvironment
from devenv.engine.leftovers import Kind, Leftover
from devenv.engine.step import Action, Cause, Plan, Step
from devenv.sync.convergence import Comparison
from devenv.workflows.environments import ListedEnvironment


def test_findings_are_a_line_each_and_what_to_do() -> None:
    findings = [
        Finding(subject="engine", verdict=Verdict.OK, seen="26.1"),
        Finding(subject="compose", verdict=Verdict.FAIL, seen="not found", advice="install it"),
    ]
    assert findings_text(findings) == "ok    engine: 26.1\nfail  compose: not found\n      install it"


def test_equal_trees_are_said_to_be_equal() -> None:
    comparison = Comparison(host_hash="ab", container_hash="ab", differences=(), kept=("cache.db",))
    assert comparison_text(comparison) == "equal: ab\nonly in the containers, and kept there:\n  cache.db"


def test_trees_that_differ_name_the_paths() -> None:
    comparison = Comparison(
        host_hash="ab",
        container_hash="cd",
        differences=tuple(PathChange(f"{number:02}.py", ChangeKind.MODIFIED) for number in range(22)),
        kept=(),
    )
    lines = comparison_text(comparison).splitlines()
    assert (lines[0], lines[1], lines[-1], len(lines)) == (
        "22 paths differ:",
        "  modified 00.py",
        "  and 2 more",
        22,
    )


def test_columns_are_as_wide_as_their_widest() -> None:
    assert columns(("A", "B"), [("long", "x"), ("y", "")]) == ["A     B", "long  x", "y"]


def test_environments_are_a_line_each_with_the_one_that_we_are_in_marked() -> None:
    found = (
        ListedEnvironment(
            found=FoundEnvironment(project_name="shop", root="/home/ada/shop", volumes=("shop_data",)),
            is_here=True,
            is_gone=False,
        ),
        ListedEnvironment(
            found=FoundEnvironment(project_name="shop-2", root="/srv/old"), is_here=False, is_gone=True
        ),
        ListedEnvironment(found=FoundEnvironment(project_name="blog"), is_here=False, is_gone=False),
    )
    assert environments_text(found, Path("/home/ada")) == (
        "  NAME    STATE                    ADDRESS  FOLDER\n"
        "* shop    down; its data is kept            ~/shop\n"
        "  shop-2  down; its image is kept           /srv/old (gone)\n"
        "  blog    down; its image is kept           ?"
    )
    assert environments_text((), Path("/home/ada")) == (
        "no environment on this machine; `devenv up` starts one"
    )


def test_leftovers_are_shown_with_their_sizes_and_what_stays_says_so() -> None:
    image = Leftover(kind=Kind.IMAGE, key="1", name="devenv/shop:dev", why="gone", size_bytes=1_234_567)
    data = Leftover(kind=Kind.VOLUME, key="2", name="shop_data", why="gone", size_bytes=None)
    assert leftovers_text((image, data), (image,)) == (
        "KIND    NAME             SIZE     WHY\n"
        "image   devenv/shop:dev  1.23 MB  gone\n"
        "volume  shop_data                 gone; stays without --volumes"
    )
    assert total_size((image, image, data)) == "2.47 MB"
    assert leftovers_text((), ()).startswith("nothing to remove")


def test_sizes_are_short() -> None:
    sizes = (None, 0, 999, 1000, 12_345, 999_999_999_999, 5 * 10**15)
    assert [size_text(size) for size in sizes] == [
        "",
        "0 B",
        "999 B",
        "1 kB",
        "12.3 kB",
        "1e+03 GB",
        "5e+03 TB",
    ]


RISKY = Plan(
    (
        Step(action=Action.BUILD, subject="devenv/shop:dev", causes=(Cause("there is no image yet"),)),
        Step(
            action=Action.RECREATE,
            subject="db",
            causes=(Cause("services.db.version changed", Origin("devenv.yaml", 17, 3)), Cause("x added")),
            risk="leaves its data behind",
        ),
    ),
    (Step(action=Action.KEEP, subject="cache", causes=(Cause("running"),)),),
)


def test_a_plan_is_a_table_with_a_line_for_each_cause_and_risk() -> None:
    assert plan_text(RISKY) == (
        "build     devenv/shop:dev  there is no image yet\n"
        "recreate  db               services.db.version changed, devenv.yaml:17\n"
        "                           x added\n"
        "                           asks first: it leaves its data behind\n"
        "\n"
        "keep      cache            running"
    )
    assert plan_text(replace(RISKY, steps=())) == "nothing to do"


def test_a_plan_for_programs_has_the_file_and_line_of_each_cause() -> None:
    assert plan_values(replace(RISKY, kept=()))["steps"][1] == {
        "action": "recreate",
        "subject": "db",
        "causes": [
            {"text": "services.db.version changed", "file": "devenv.yaml", "line": 17},
            {"text": "x added", "file": None, "line": None},
        ],
        "risk": "leaves its data behind",
    }
    assert plan_values(Plan(())) == {"is_empty": True, "steps": [], "kept": []}
