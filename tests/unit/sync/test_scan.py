from __future__ import annotations

import os
from pathlib import Path

import pytest

from devenv.agent.reading import read_manifest
from devenv.agent.tree import Entry, digest_of
from devenv.sync.ignore import load_rules
from devenv.sync.scan import HostTree, is_spelled_so


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, content in {
        "manage.py": "m",
        "shop/models.py": "v1",
        "shop/sub/x.txt": "x",
        ".git/HEAD": "h",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    return tmp_path


@pytest.fixture
def tree(root: Path) -> HostTree:
    found = HostTree(root, load_rules(root))
    found.scan()
    return found


def as_the_agent_sees(root: Path) -> dict[str, Entry]:
    return read_manifest(str(root), lambda path, _: path != ".git")


def test_the_manifest_is_the_one_that_the_agent_would_make(root: Path, tree: HostTree) -> None:
    (root / "link").symlink_to("nowhere")
    (root / "run.sh").write_text("#!")
    (root / "run.sh").chmod(0o755)
    tree.scan()
    assert tree.entries == as_the_agent_sees(root)


@pytest.mark.parametrize("looked_at", ["shop", "shop/models.py", ""])
def test_a_look_at_a_path_or_a_folder_above_it_finds_the_change(
    root: Path, tree: HostTree, looked_at: str
) -> None:
    (root / "shop/models.py").write_text("v2")
    touched = tree.look_at([looked_at])
    assert "shop/models.py" in touched
    assert tree.entries == as_the_agent_sees(root)


def test_a_folder_that_is_gone_takes_all_below_it_along(root: Path, tree: HostTree) -> None:
    (root / "shop").rename(root / ".git/shop")
    assert tree.look_at(["shop"]) == {"shop", "shop/models.py", "shop/sub", "shop/sub/x.txt"}
    assert tree.entries == as_the_agent_sees(root)


def test_a_change_that_leaves_size_and_mtime_as_they_were_is_found_by_an_event(
    root: Path, tree: HostTree
) -> None:
    file = root / "shop/models.py"
    before = file.stat()
    file.write_text("v2")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    tree.look_at(["shop/models.py"])
    assert tree.entries["shop/models.py"].digest == digest_of(b"v2")


def test_a_rescan_finds_what_changed_since(root: Path, tree: HostTree) -> None:
    (root / "shop/models.py").write_text("v2")
    (root / "manage.py").unlink()
    tree.scan()
    assert tree.entries == as_the_agent_sees(root)


def test_a_tree_that_is_gone_is_an_error_not_an_empty_tree(root: Path, tree: HostTree) -> None:
    before = dict(tree.entries)
    root.rename(root.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError):
        tree.scan()
    assert tree.entries == before


def test_a_link_that_leads_in_a_circle_is_a_link(root: Path, tree: HostTree) -> None:
    (root / "shop/up").symlink_to("..")
    tree.scan()
    assert tree.entries["shop/up"] == Entry("link", False, "..", 0)
    assert not any(path.startswith("shop/up/") for path in tree.entries)


def test_sockets_and_pipes_do_not_travel(root: Path, tree: HostTree) -> None:
    os.mkfifo(root / "pipe")
    tree.scan()
    assert "pipe" not in tree.entries


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_is_blamed_and_counts_as_unchanged(root: Path, tree: HostTree) -> None:
    before = dict(tree.entries)
    (root / "shop").chmod(0)
    tree.scan()
    (root / "shop").chmod(0o755)
    assert tree.entries == before
    assert tree.is_blamed("shop/models.py")


def test_on_a_host_that_is_blind_to_case_a_file_is_what_its_folder_calls_it(root: Path) -> None:
    """Such a host finds the old name, too: here both are on the disk, and the folder names one."""
    (root / "readme.md").write_text("r")
    named = {"readme.md"}
    tree = HostTree(root, load_rules(root), names_in=lambda _: named)
    assert tree.look_at(["readme.md"]) == {"readme.md"}
    (root / "README.md").write_text("r")
    named = {"README.md"}
    assert tree.look_at(["readme.md", "README.md"]) == {"readme.md", "README.md"}
    assert set(tree.entries) == {"README.md"}


@pytest.mark.parametrize(
    ("path", "is_so"),
    [
        ("", True),
        ("Shop", True),
        ("shop", False),
        ("Shop/a.py", True),
        ("shop/a.py", False),
        ("Shop/A.py", False),
    ],
)
def test_every_part_of_a_path_is_spelled_as_its_folder_has_it(path: str, is_so: bool) -> None:
    folders = {"": ["Shop"], "Shop": ["a.py"], "shop": ["a.py"]}
    assert is_spelled_so(path, folders.__getitem__) is is_so


def test_a_name_that_differs_in_case_alone_is_taken_where_case_is_not_seen(root: Path) -> None:
    tree = HostTree(root, load_rules(root), names_in=lambda _: ["README.md"])
    taken = {name: tree.is_taken_in_other_case(name) for name in ("README.md", "readme.md", "read.me")}
    assert taken == {"README.md": False, "readme.md": True, "read.me": False}
    assert not HostTree(root, load_rules(root)).is_taken_in_other_case("Manage.py")


def test_a_dockerignore_that_leaves_out_the_whole_app_is_of_other_images(root: Path) -> None:
    (root / ".dockerignore").write_text("*\n!requirements\n")
    assert load_rules(root).travels("shop/models.py", is_folder=False)
