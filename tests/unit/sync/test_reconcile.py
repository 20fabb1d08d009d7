"""The invariants that reconcile.py states, on random trees."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.agent.tree import FILE, FOLDER, LINK, Entry, Manifest
from devenv.changes import ChangeKind, PathChange
from devenv.sync.ignore import parents
from devenv.sync.reconcile import (
    Transfer,
    children_first,
    differences,
    reconcile,
    removals_of_changed_kinds,
    tree_hash,
)

A_FOLDER = Entry(FOLDER, False, "", 0)


def file(content: str) -> Entry:
    return Entry(FILE, False, content, len(content))


def is_migration(path: str) -> bool:
    return path.startswith("m")


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Entry]:
    """A possible tree: every parent is a folder."""
    leaves = st.sampled_from([file("1"), file("2"), file("3"), Entry(LINK, False, "1", 0), A_FOLDER])
    names = st.sampled_from(["a", "b", "m", "a/a", "a/m", "m/a", "m/m", "a/a/a", "m/a/b"])
    drawn = draw(st.dictionaries(names, leaves, max_size=7))
    tree: dict[str, Entry] = {}
    for path, entry in sorted(drawn.items()):
        above = parents(path)
        if all(tree.get(parent, A_FOLDER) == A_FOLDER for parent in above):
            tree.update(dict.fromkeys(above, A_FOLDER))
            tree[path] = entry
    return tree


def apply(host: Manifest, remote: Manifest, transfer: Transfer) -> tuple[dict[str, Entry], dict[str, Entry]]:
    """Both trees after the transfer, by the rules of a file system."""
    host, remote = dict(host), dict(remote)
    for path in transfer.pulls:
        host.update(dict.fromkeys(parents(path), A_FOLDER))
        host[path] = remote[path]
    for path in (*transfer.removals, *removals_of_changed_kinds(transfer.push, remote)):
        assert not any(below.startswith(path + "/") for below in remote), "a folder is removed when empty"
        del remote[path]
    for path, entry in transfer.push.items():
        assert all(remote.get(parent) == A_FOLDER for parent in parents(path)), "a parent comes first"
        remote[path] = entry
    return host, remote


def plan(host: Manifest, remote: Manifest, last: Manifest) -> Transfer:
    return reconcile(host, remote, last, is_migration)


@settings(max_examples=600)
@given(trees(), trees(), trees())
def test_both_sides_agree_but_for_what_is_kept(host: Manifest, remote: Manifest, last: Manifest) -> None:
    transfer = plan(host, remote, last)
    host, remote = apply(host, remote, transfer)
    differing = {path for path in {*host, *remote} if host.get(path) != remote.get(path)}
    assert differing <= set(transfer.kept) | {parent for path in transfer.kept for parent in parents(path)}


@settings(max_examples=600)
@given(trees(), trees(), trees())
def test_a_second_time_nothing_moves(host: Manifest, remote: Manifest, last: Manifest) -> None:
    transfer = plan(host, remote, last)
    new_host, new_remote = apply(host, remote, transfer)
    known = {**last, **transfer.push, **transfer.adopt}
    known = {path: entry for path, entry in known.items() if path not in transfer.removals}
    known.update({path: new_host[path] for path in transfer.pulls})
    again = plan(new_host, new_remote, known)
    assert (again.push, again.removals, again.pulls) == ({}, (), ())


@settings(max_examples=600)
@given(trees(), trees(), trees())
def test_nothing_that_either_side_wrote_is_lost(host: Manifest, remote: Manifest, last: Manifest) -> None:
    transfer = plan(host, remote, last)
    new_host, new_remote = apply(host, remote, transfer)
    for path, entry in host.items():
        assert new_host[path] == entry or (entry == last.get(path) and path in transfer.pulls)
    for path, entry in remote.items():
        if entry.kind != FOLDER and entry != last.get(path) and new_remote.get(path) != entry:
            assert path in transfer.conflicts


@given(trees(), trees())
def test_a_container_that_wrote_nothing_becomes_the_host(host: Manifest, last: Manifest) -> None:
    transfer = plan(host, last, last)
    assert (transfer.pulls, transfer.conflicts, transfer.kept) == ((), (), ())
    assert apply(host, last, transfer) == (host, host)


def test_a_new_migration_comes_back_and_a_report_stays() -> None:
    transfer = plan({}, {"m": file("made"), "report": file("made")}, {})
    assert transfer == Transfer(pulls=("m",), kept=("report",))


def test_a_migration_that_the_host_removed_is_removed_not_pulled_again() -> None:
    known = {"m": file("made")}
    assert plan({}, known, known) == Transfer(removals=("m",))


def test_both_changed_so_the_hosts_wins_and_the_other_is_put_aside() -> None:
    transfer = plan({"m": file("host")}, {"m": file("container")}, {"m": file("before")})
    assert transfer == Transfer(push={"m": file("host")}, conflicts=("m",))


def test_what_the_container_removed_is_given_again() -> None:
    known = {"m": file("x")}
    assert plan(known, {}, known) == Transfer(push=known)


def test_a_folder_that_the_host_removed_stays_while_the_container_wrote_into_it() -> None:
    given_before = {"a": A_FOLDER, "a/old": file("old")}
    transfer = plan({}, {**given_before, "a/upload": file("new")}, given_before)
    assert transfer == Transfer(removals=("a/old",), kept=("a/upload",))


def test_most_of_a_tree_is_not_removed_without_asking() -> None:
    known = {f"{number}": file("x") for number in range(100)}
    half = {path: entry for path, entry in known.items() if int(path) < 50}
    assert plan(half, known, known).halt == ""
    assert plan({}, known, known).halt == "100 of 100 files would be removed from the containers"


def test_children_are_removed_before_their_folder() -> None:
    assert children_first(["a", "a/b", "a/b/c", "a-b"]) == ("a/b/c", "a/b", "a-b", "a")


def test_differences_are_named_for_what_the_container_will_see() -> None:
    host, remote = {"new": file("1"), "changed": file("2")}, {"changed": file("1"), "gone": file("1")}
    assert differences(host, remote, ["changed", "gone", "new", "nowhere"]) == (
        PathChange("changed", ChangeKind.MODIFIED),
        PathChange("gone", ChangeKind.DELETED),
        PathChange("new", ChangeKind.CREATED),
    )


@given(trees(), trees())
def test_the_hash_of_a_tree_is_the_tree(one: Manifest, other: Manifest) -> None:
    assert (tree_hash(one) == tree_hash(other)) is (one == other)
