"""What other tools' trackers are full of, each by its name, on real containers while `devenv watch` runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

from tests.e2e import checks
from tests.e2e.bookstore import TASKS
from tests.e2e.conftest import Shop
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

LARGE_BYTES = 100 << 20


def test_how_editors_save(scenario: Scenario, shop: Shop) -> None:
    project, file = shop.project, shop.project.root / "catalog/notes.py"
    file.write_text("v1")
    with project.watching() as watch:
        await_equal(project)
        with scenario.step("vim: the file is renamed to a backup, written anew, the backup removed"):
            backup = file.with_name("notes.py~")
            file.rename(backup)
            file.write_text("vim")
            backup.unlink()
            await_content(project, file, "vim")
        with scenario.step("JetBrains: beside, the old one aside, the new one in its place"):
            new, old = (file.with_name(f"notes.py___jb_{which}___") for which in ("tmp", "old"))
            new.write_text("JetBrains")
            file.rename(old)
            new.rename(file)
            old.unlink()
            await_content(project, file, "JetBrains")
        with scenario.step("nothing but the file itself ever travelled"):
            assert "jb_" not in watch.said()
            assert "notes.py~" not in watch.said()
            await_equal(project)


def test_folders_that_come_move_and_go(scenario: Scenario, shop: Shop) -> None:
    project, root = shop.project, shop.project.root
    with project.watching():
        with scenario.step("mkdir -p a/b/c && write, twenty times"):
            for number in range(20):
                subprocess.run(
                    f"mkdir -p new{number}/b/c && echo x > new{number}/b/c/x.py",
                    cwd=root,
                    shell=True,
                    check=True,
                )
            await_equal(project)
        with scenario.step("a folder is renamed while a file in it is edited without a pause"):
            (root / "drawer").mkdir()
            for round_number in range(5):
                edit_while_renamed(root / "drawer", root / "drawer2", str(round_number))
                (root / "drawer2").rename(root / "drawer")
            (root / "drawer/edited.py").write_text("after all")
            await_equal(project)
        with scenario.step("every folder is removed again"):
            for folder in (*root.glob("new*"), root / "drawer"):
                shutil.rmtree(folder)
            await_equal(project)


def edit_while_renamed(before: Path, after: Path, mark: str) -> None:
    stop = threading.Event()

    def edit() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            for folder in (before, after):
                try:
                    (folder / "edited.py").write_text(f"{mark} {number}")
                except FileNotFoundError:
                    continue

    thread = threading.Thread(target=edit)
    thread.start()
    time.sleep(0.05)
    before.rename(after)
    time.sleep(0.05)
    stop.set()
    thread.join()


def test_git_storms(scenario: Scenario, shop: Shop) -> None:
    project, root = shop.project, shop.project.root
    try:
        git(root, "init", "-q", "-b", "main")
        commit_files(root, "main")
        git(root, "checkout", "-q", "-b", "other")
        commit_files(root, "other")
        with project.watching():
            with scenario.step("checkout and stash, again and again"):
                for number in range(5):
                    (root / "many3/3.py").write_text(f"local {number}")
                    git(root, "stash")
                    git(root, "checkout", "-q", "main")
                    git(root, "checkout", "-q", "other")
                    git(root, "stash", "pop")
                    git(root, "checkout", "-q", "many3/3.py")
                await_equal(project)
            with scenario.step("rm -rf many3 && git checkout many3"):
                shutil.rmtree(root / "many3")
                git(root, "checkout", "-q", "many3")
                await_equal(project)
            with scenario.step(".git/index.lock comes and goes; a save beside it arrives"):
                lock = root / ".git/index.lock"
                for number in range(200):
                    lock.write_text("x")
                    lock.unlink()
                    if number == 100:
                        (root / "many3/3.py").write_text("beside the lock")
                await_content(project, root / "many3/3.py", "beside the lock")
                await_equal(project)
    finally:
        shutil.rmtree(root / ".git")


def test_links_and_times(scenario: Scenario, shop: Shop) -> None:
    project, root = shop.project, shop.project.root
    links = {
        "loop": "loop",
        "around": "there",
        "there": "around",
        "dangling": "nowhere",
        "out": "/etc/hostname",
    }
    with project.watching():
        with scenario.step("links in circles, to nowhere and out of the tree arrive as links"):
            for name, target in links.items():
                (root / name).symlink_to(target)
            (root / "up").symlink_to("..")
            for name, target in {**links, "up": ".."}.items():
                await_said(project, f"{target}\n", "readlink", f"/app/{name}")
            for name in (*links, "up"):
                (root / name).unlink()
            await_equal(project)
        with scenario.step("times before 1970, far ahead, and older than before: every version arrives"):
            file = root / "catalog/timed.py"
            for number, seconds in enumerate((-(2**31), 2**32, 0, 10)):
                file.write_text(f"version {number}")
                os.utime(file, (seconds, seconds))
                await_content(project, file, f"version {number}")
    with scenario.step("the checkout is reached through a link"):
        link = root.with_name("linked")
        link.symlink_to(root)
        with replace(project, root=link).watching():
            file.write_text("through a link")
            await_content(project, file, "through a link")


def test_a_large_file_delays_no_edit(scenario: Scenario, shop: Shop) -> None:
    project, root = shop.project, shop.project.root
    with project.watching(), scenario.step("100 MB are copied into the tree, and edits go on"):
        write_large(root / "dump.bin")
        for number in range(10):
            (root / "catalog/notes.py").write_text(f"edit {number}")
            time.sleep(0.02)
        await_content(project, root / "catalog/notes.py", "edit 9")
        await_equal(project)


def write_large(file: Path) -> None:
    with file.open("wb") as stream:
        for _ in range(LARGE_BYTES >> 20):
            stream.write(os.urandom(1 << 20))


def test_one_process_is_down_and_another_goes_on(scenario: Scenario, shop: Shop) -> None:
    project = shop.project
    with project.watching():
        with scenario.step("the worker's container is frozen; saves are served all the same"):
            project.engine.docker("pause", project.container("worker"))
            shop.bookstore.save_serializer("without the worker")
            shop.bookstore.save_task("without the worker")
            eventually(lambda: checks.edition(project), lambda seen: seen == "without the worker")
        with scenario.step("it goes on, and runs what was saved meanwhile"):
            project.engine.docker("unpause", project.container("worker"))
            eventually(
                lambda: checks.report(project).get("edition"), lambda seen: seen == "without the worker"
            )
            await_equal(project)


def test_deletions_and_edits_while_the_containers_are_stopped(scenario: Scenario, shop: Shop) -> None:
    project, root = shop.project, shop.project.root
    (root / "catalog/goes.py").write_text("x")
    (root / "gone").mkdir()
    (root / "gone/too.py").write_text("x")
    project.devenv("sync", "flush")
    with scenario.step("stopped; a file and a folder are removed, others edited and made"):
        project.devenv("stop")
        (root / "catalog/goes.py").unlink()
        shutil.rmtree(root / "gone")
        (root / "made.py").write_text("x")
        text = (root / TASKS).read_text()
        (root / TASKS).write_text(f"{text}\n# edited while stopped\n")
    with scenario.step("up again: both sides are equal"):
        project.devenv("up", "-d")
        await_equal(project)
        assert inside(project, "sh", "-c", "ls /app/catalog/goes.py /app/gone 2>/dev/null || true") == ""


def test_a_target_that_is_roots_is_named_and_heals(scenario: Scenario, shop: Shop) -> None:
    project, file = shop.project, shop.project.root / "catalog/owned/notes.py"
    file.parent.mkdir()
    file.write_text("v1")
    project.devenv("sync", "flush")
    with project.watching() as watch:
        with scenario.step(
            "the folder is root's, the app's user is not root: the path is named, others pass"
        ):
            as_root(project, "chown", "-R", "root:root", "/app/catalog/owned")
            file.write_text("v2")
            watch.says("catalog/owned/notes.py: not in the containers: Permission denied")
            assert inside(project, "cat", "/app/catalog/owned/notes.py") == "v1"
            other = project.root / "catalog/notes.py"
            other.write_text("passes")
            await_content(project, other, "passes")
        with scenario.step("`sync status` names it, too"):
            answer = json.loads(project.devenv("sync", "status", "--format", "json", code=1).stdout)
            assert answer["problems"] == [["catalog/owned/notes.py", "Permission denied"]]
        with scenario.step("it heals by itself"):
            as_root(project, "chown", "-R", "app:app", "/app/catalog/owned")
            await_content(project, file, "v2")
            await_equal(project)


def await_equal(project: Project) -> None:
    eventually(lambda: checks.differing_paths(project), lambda differing: differing == [])


def await_content(project: Project, file: Path, text: str) -> None:
    await_said(project, text, "cat", f"/app/{file.relative_to(project.root)}")


def await_said(project: Project, text: str, *command: str) -> None:
    """Wait until a command in web's container prints that."""
    call = ("exec", project.container("web"), *command)
    eventually(lambda: project.engine.docker(*call, check=False), lambda seen: seen == text)


def inside(project: Project, *command: str) -> str:
    return project.engine.docker("exec", project.container("web"), *command)


def as_root(project: Project, *command: str) -> None:
    project.engine.docker("exec", "--user", "root", project.container("web"), *command)


def commit_files(root: Path, mark: str) -> None:
    for number in range(60):  # fewer than the example has: to lose most of a tree halts
        file = root / f"many{number % 7}/{number}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{mark} {number}")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", mark)


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)
