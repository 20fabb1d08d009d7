"""What the rules of `on_change` do with changed paths."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch

import pytest

from devenv.config.environment import OnChange
from devenv.reload import Reaction, ReactionKind, Rule, Work, kinds_for_agents, ruled, work_of


def rule(index: int, pattern: str, **says: object) -> Rule:
    means: Callable[[str], bool] = lambda path: fnmatch(path, pattern)  # noqa: E731
    return Rule(
        index=index,
        place=f"devenv.yaml:{40 + index}",
        says=OnChange(paths=(pattern,), **says),  # type: ignore[arg-type]
        means=means,
    )


SCHEMA = rule(0, "*.graphql", run=("make", "schema"))
TEXTS = rule(1, "*.toml", restart=("web", "worker"))
DOCS = rule(2, "docs/*", ignore=True)
IMAGE = rule(3, "*.sh", rebuild=True, run=("true",), process="worker")
ALL = (SCHEMA, TEXTS, DOCS, IMAGE)


def test_every_rule_that_means_a_path_acts_in_the_files_order() -> None:
    assert ruled(ALL, "docs/book.toml") == (TEXTS, DOCS)
    assert ruled(ALL, "shop/views.py") == ()


@pytest.mark.parametrize(
    ("own", "acting", "kinds"),
    [
        (ReactionKind.CODE, (), ("code",)),
        (ReactionKind.NONE, (), ()),
        (ReactionKind.CONFIG, (), ()),
        (ReactionKind.REBUILD, (SCHEMA,), ()),
        (ReactionKind.CODE, (SCHEMA,), ("code",)),
        (ReactionKind.NONE, (TEXTS,), ("restart@web", "restart@worker")),
        (ReactionKind.CODE, (TEXTS,), ("code", "restart@web", "restart@worker")),
        (ReactionKind.CODE, (DOCS,), ()),
        (ReactionKind.TEMPLATE, (TEXTS, DOCS, TEXTS), ("restart@web", "restart@worker")),
    ],
)
def test_devenvs_own_reaction_stays_unless_a_rule_leaves_it_out(
    own: ReactionKind, acting: tuple[Rule, ...], kinds: tuple[str, ...]
) -> None:
    assert kinds_for_agents(Reaction(own, "a/b", "because"), acting) == kinds


def test_a_batch_asks_each_rule_once_for_all_the_paths_that_it_means() -> None:
    paths = ("a.graphql", "docs/x.md", "b.graphql", "run.sh", "x.toml")
    assert work_of(ALL, paths) == (
        Work(rule="on_change.0 (devenv.yaml:40)", paths=("a.graphql", "b.graphql"), run=("make", "schema")),
        Work(
            rule="on_change.3 (devenv.yaml:43)",
            paths=("run.sh",),
            run=("true",),
            process="worker",
            rebuild=True,
        ),
    )


def test_what_only_concerns_the_agents_is_no_work_of_the_host() -> None:
    assert work_of((TEXTS, DOCS), ("docs/a.toml",)) == ()
