"""A session against real agents: whatever happens on either side, both trees become equal."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devenv.agent.source import BUSY_SECONDS
from devenv.changes import PathChange
from devenv.errors import SyncHalted
from devenv.events import ProcessReloaded, ProcessState, Pulled, Synced, SyncProblem
from devenv.sync.agenda import VANISHED_SECONDS
from tests.contract.sync_stand import Stand, await_true, tree_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")


@pytest.fixture
def live(stand: Stand) -> Stand:
    """A stand whose session has sent a small project."""
    write(stand.host, {"manage.py": "manage", "shop/__init__.py": "", "shop/models.py": "v1"})
    stand.begin("web")
    stand.await_equal()
    return stand


def write(root: Path, files: dict[str, str]) -> None:
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)


def save_atomically(file: Path, content: str) -> None:
    temporary = file.with_name(f"{file.name}.tmp.123")
    temporary.write_text(content)
    temporary.replace(file)


def await_sent(stand: Stand, batches: list[tuple[str, ...]]) -> None:
    """Exactly these batches were acknowledged after the first."""

    def sent() -> list[tuple[str, ...]]:
        return [event.paths for event in stand.events if isinstance(event, Synced)][1:]

    await_true(lambda: len(sent()) >= len(batches))
    stand.stop_session()
    assert sent() == batches


def await_followed(stand: Stand) -> None:
    """From now on the agent tells what processes do."""
    assert stand.session is not None
    stand.session.pull()


def skip_unless_quick(began: float) -> None:
    """For an editor that was so slow to save, the file was gone."""
    if time.monotonic() - began > VANISHED_SECONDS:
        pytest.skip("the machine kept the file away for as long as its successor is waited for")


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_an_edit_in_place_arrives(live: Stand) -> None:
    (live.host / "shop/models.py").write_text("v2")
    live.await_equal()
    assert (live.root / "shop/models.py").read_text() == "v2"


def test_an_atomic_save_arrives(live: Stand) -> None:
    save_atomically(live.host / "shop/models.py", "v2")
    live.await_equal()


def test_a_save_as_vim_does_it_never_removes_the_file_in_the_container(live: Stand) -> None:
    models = live.host / "shop/models.py"
    began = time.monotonic()
    models.rename(live.host / "shop/models.py~")
    models.write_text("v2")
    skip_unless_quick(began)
    (live.host / "shop/models.py~").unlink()
    live.await_equal()
    await_sent(live, [("shop/models.py",)])


def test_a_save_as_jetbrains_does_it_is_one_change(live: Stand) -> None:
    models = live.host / "shop/models.py"
    written = live.host / "shop/models.py___jb_tmp___"
    written.write_text("v2")
    began = time.monotonic()
    models.rename(live.host / "shop/models.py___jb_old___")
    written.rename(models)
    skip_unless_quick(began)
    (live.host / "shop/models.py___jb_old___").unlink()
    live.await_equal()
    await_sent(live, [("shop/models.py",)])


def test_a_rename_of_a_file_is_one_batch(live: Stand) -> None:
    (live.host / "shop/models.py").rename(live.host / "shop/tables.py")
    live.await_equal()
    await_sent(live, [("shop/models.py", "shop/tables.py")])


@pytest.mark.parametrize(("old", "new"), [("shop/models.py", "shop/Models.py"), ("shop", "Shop")])
def test_a_rename_in_case_alone_is_one_batch(live: Stand, old: str, new: str) -> None:
    before = [path for path in tree_of(live.root) if f"{path}/".startswith(f"{old}/")]
    (live.host / old).rename(live.host / new)
    live.await_equal()
    after = [path.replace(old, new, 1) for path in before]
    assert {path for path in tree_of(live.root) if f"{path}/".startswith(f"{new}/")} == set(after)
    await_sent(live, [tuple(sorted([*before, *after]))])


def test_a_renamed_folder_arrives_and_edits_in_it_still_do(live: Stand) -> None:
    (live.root / "shop/__pycache__").mkdir()
    (live.root / "shop/__pycache__/models.cpython-313.pyc").write_bytes(b"compiled")
    (live.host / "shop").rename(live.host / "store")
    live.await_equal()
    assert not (live.root / "shop").exists()
    (live.host / "store/models.py").write_text("v2")
    live.await_equal()


def test_a_deletion_arrives(live: Stand) -> None:
    (live.host / "shop/models.py").unlink()
    live.await_equal()


def test_a_mode_bit_arrives(live: Stand) -> None:
    (live.host / "manage.py").chmod(0o755)
    live.await_equal()
    assert os.access(live.root / "manage.py", os.X_OK)


def test_links_arrive_as_links_wherever_they_lead(live: Stand) -> None:
    (live.host / "link").symlink_to("shop/models.py")
    (live.host / "dangling").symlink_to("nowhere")
    (live.host / "loop").symlink_to("loop")
    (live.host / "outside").symlink_to(live.host.parent)
    live.await_equal()
    assert (live.root / "dangling").readlink() == Path("nowhere")


def test_a_link_that_is_changed_arrives(live: Stand) -> None:
    (live.host / "link").symlink_to("shop")
    live.await_equal()
    (live.host / "new").symlink_to("manage.py")
    (live.host / "new").rename(live.host / "link")
    live.await_equal()


def test_names_that_are_not_utf8_or_hold_newlines_arrive(live: Stand) -> None:
    (live.host / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    (live.host / "two\nlines.txt").write_text("y")
    live.await_equal()
    assert (live.root / os.fsdecode(b"caf\xe9.txt")).read_text() == "x"


def test_folders_made_at_once_with_a_file_in_the_deepest_arrive(live: Stand) -> None:
    for number in range(20):
        write(live.host, {f"deep{number}/a/b/c/file.txt": "x"})
    live.await_equal()


def test_an_empty_folder_arrives_and_goes(live: Stand) -> None:
    (live.host / "empty").mkdir()
    live.await_equal()
    (live.host / "empty").rmdir()
    live.await_equal()


def test_a_file_becomes_a_folder_and_a_folder_a_file(live: Stand) -> None:
    (live.host / "manage.py").unlink()
    write(live.host, {"manage.py/inside.txt": "x"})
    live.await_equal()
    (live.host / "manage.py/inside.txt").unlink()
    (live.host / "manage.py").rmdir()
    (live.host / "manage.py").write_text("a file again")
    live.await_equal()


def test_a_checkout_of_2000_files_arrives(live: Stand) -> None:
    git(live.host, "init", "-q")
    git(live.host, "add", "-A")
    git(live.host, "commit", "-q", "-m", "one")
    git(live.host, "checkout", "-q", "-b", "big")
    write(live.host, {f"app{n % 40}/module{n}.py": f"n = {n}" for n in range(2000)})
    git(live.host, "add", "-A")
    git(live.host, "commit", "-q", "-m", "two")
    live.await_equal()
    git(live.host, "checkout", "-q", "main")
    git(live.host, "checkout", "-q", "big")
    live.await_equal()
    assert len(tree_of(live.root)) > 2000


def test_a_large_file_lets_a_small_one_pass(live: Stand) -> None:
    with (live.host / "dump.bin").open("wb") as file:
        file.truncate(64 << 20)
    await_true(lambda: (live.root / ".devenv-sync").is_dir() and any((live.root / ".devenv-sync").rglob("*")))
    (live.host / "shop/models.py").write_text("v2")
    live.await_equal()
    await_sent(live, [("shop/models.py",), ("dump.bin",)])


def test_a_file_that_never_stops_changing_delays_no_other(live: Stand) -> None:
    with (live.host / "app.log").open("w") as log:
        for number in range(200):
            log.write("x" * 100)
            log.flush()
            if number == 100:
                (live.host / "shop/models.py").write_text("v2")
                await_true(lambda: (live.root / "shop/models.py").read_text() == "v2")
    live.await_equal()


def test_what_git_ignores_stays_and_what_the_app_reads_travels(live: Stand) -> None:
    write(live.host, {".gitignore": "*.log\n.env\n/dist/\n", ".env": "KEY=1", "a.log": "x", "dist/a.js": "x"})
    await_true(lambda: (live.root / ".env").exists())
    (live.host / "shop/models.py").write_text("v2")
    await_true(lambda: (live.root / "shop/models.py").read_text() == "v2")
    assert sorted(tree_of(live.root)) == [
        ".env", ".gitignore", "manage.py", "shop", "shop/__init__.py", "shop/models.py",
    ]  # fmt: skip


def test_a_rule_that_is_lifted_lets_its_files_travel(live: Stand) -> None:
    write(live.host, {".gitignore": "*.log\n", "a.log": "x"})
    await_true(lambda: (live.root / ".gitignore").exists())
    (live.host / ".gitignore").write_text("")
    live.await_equal()
    assert (live.root / "a.log").exists()


def test_what_a_process_put_in_a_files_place_is_kept_aside_and_gives_way(live: Stand) -> None:
    target = live.root / "shop/models.py"
    live.agents["web"].process.send_signal(signal.SIGSTOP)
    target.unlink()
    (target / "held").mkdir(parents=True)
    (target / "held/file").write_text("in the way, and not ours")
    live.agents["web"].process.send_signal(signal.SIGCONT)
    (live.host / "shop/models.py").write_text("v2")
    live.await_equal()
    assert live.told(SyncProblem) == []
    assert (
        live.host / ".devenv/conflicts/shop/models.py/held/file"
    ).read_text() == "in the way, and not ours"


def test_the_agent_is_killed_and_comes_back(live: Stand) -> None:
    live.agents["web"].kill()
    (live.host / "shop/models.py").write_text("written while it was down")
    (live.host / "manage.py").unlink()
    live.agents["web"].restart()
    live.await_equal()
    assert live.told(Pulled) == []


def test_an_agent_that_is_killed_before_it_wrote_down_what_it_was_given(live: Stand) -> None:
    live.agents["web"].kill()
    (live.root / ".devenv-sync/given.json").write_text('{"generation": 0, "entries": []}')
    (live.host / "shop/models.py").write_text("v2")
    (live.host / "manage.py").unlink()
    live.agents["web"].restart()
    live.await_equal()
    assert live.told(Pulled) == []


def test_the_relay_is_killed(live: Stand) -> None:
    live.agents["web"].streams[-1].relay.kill()
    (live.host / "shop/models.py").write_text("v2")
    live.await_equal()


def test_the_container_is_created_anew_with_an_empty_volume(live: Stand) -> None:
    live.agents["web"].kill()
    for path in sorted(live.root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    live.agents["web"].restart()
    live.await_equal()


def test_another_agent_writes_when_the_writer_is_gone_and_each_is_told(stand: Stand) -> None:
    write(stand.host, {"a.py": "v1"})
    stand.begin("web", "worker", react=lambda _: ("code",))
    stand.await_equal()
    await_true(lambda: {e.process for e in stand.events if isinstance(e, ProcessState)} >= {"web", "worker"})
    stand.agents["web"].kill()
    (stand.host / "a.py").write_text("v2")
    stand.await_equal()
    seen_before = len(stand.events)
    stand.agents["web"].restart()
    back = [ProcessState, "web"]
    await_true(lambda: back in [[type(e), getattr(e, "process", "")] for e in stand.events[seen_before:]])
    (stand.host / "a.py").write_text("v3")  # earlier, and a slow start of web's would begin with it
    stand.await_equal()

    def told_of_newest() -> set[str]:
        newest = max(event.generation for event in stand.events if isinstance(event, Synced))
        return {e.process for e in stand.events if isinstance(e, ProcessReloaded) and e.generation == newest}

    await_true(lambda: told_of_newest() == {"web", "worker"}, lambda: str(stand.events))


@pytest.mark.parametrize("stopped", ["web", "worker"])
def test_an_agent_that_does_not_answer_delays_no_other(stand: Stand, stopped: str) -> None:
    write(stand.host, {"a.py": "v1"})
    stand.begin("web", "worker")
    stand.await_equal()
    await_true(lambda: {e.process for e in stand.events if isinstance(e, ProcessState)} >= {"web", "worker"})
    stand.agents[stopped].process.send_signal(signal.SIGSTOP)
    for number in range(20):
        (stand.host / "a.py").write_text("x" * 100_000 + str(number))
        write(stand.host, {f"b{number}.py": "b"})
    stand.await_equal()


def test_migrations_come_back_on_their_own_and_do_not_echo(live: Stand) -> None:
    await_followed(live)
    write(live.root, {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": "made"})
    live.await_equal()
    (live.root / "shop/migrations/0001_initial.py").write_text("made anew")
    live.await_equal()
    (live.host / "manage.py").write_text("v2")
    live.await_equal()
    pulled = {path for event in live.events if isinstance(event, Pulled) for path in event.paths}
    assert pulled == {"shop/migrations/0001_initial.py", "shop/migrations/__init__.py"}
    await_sent(live, [("manage.py",)])


def test_a_migration_that_was_renamed_or_linked_into_place_comes_back(live: Stand) -> None:
    await_followed(live)
    write(live.root, {"shop/migrations/tmp": "made"})
    (live.root / "shop/migrations/tmp").rename(live.root / "shop/migrations/0001_initial.py")
    os.link(live.root / "shop/migrations/0001_initial.py", live.root / "shop/migrations/0002_more.py")
    await_true(lambda: (live.host / "shop/migrations/0002_more.py").exists())
    assert (live.host / "shop/migrations/0001_initial.py").read_text() == "made"
    assert not (live.host / "shop/migrations/tmp").exists()


def test_what_uv_add_writes_comes_back_and_does_not_echo(stand: Stand) -> None:
    """Both files are written aside and renamed; what it puts into the virtual environment stays."""
    write(stand.host, {"pyproject.toml": "v1", "uv.lock": "v1", "manage.py": "m"})
    stand.begin("web")
    stand.await_equal()
    await_followed(stand)
    write(stand.root, {".venv/lib/httpx.py": "installed"})
    for name in ("pyproject.toml", "uv.lock"):
        save_atomically(stand.root / name, "httpx, too")
    await_true(lambda: (stand.host / "uv.lock").read_text() == "httpx, too")
    await_true(lambda: (stand.host / "pyproject.toml").read_text() == "httpx, too")
    owner = stand.host.stat()
    written = [(stand.host / name).stat() for name in ("pyproject.toml", "uv.lock")]
    assert [(status.st_uid, status.st_gid) for status in written] == [(owner.st_uid, owner.st_gid)] * 2
    assert not (stand.host / ".venv").exists()
    (stand.host / "manage.py").write_text("v2")
    await_true(lambda: (stand.root / "manage.py").read_text() == "v2")
    await_sent(stand, [("manage.py",)])


def test_what_a_process_removes_is_given_again(live: Stand) -> None:
    await_followed(live)
    (live.root / "shop/models.py").unlink()
    live.await_equal()
    (live.root / "shop").rename(live.root.parent / "elsewhere")
    live.await_equal()
    assert live.told(Pulled) == []


def test_a_process_that_writes_what_the_host_does_not_want_moves_nothing(live: Stand) -> None:
    await_followed(live)
    (live.root / "shop/models.py").write_text("the process's")
    write(live.root, {"media/upload.bin": "x", "db.sqlite3": "x"})
    (live.host / "manage.py").write_text("v2")
    await_true(lambda: (live.root / "manage.py").read_text() == "v2")
    await_sent(live, [("manage.py",)])
    assert (live.root / "shop/models.py").read_text() == "the process's"
    assert live.session_of("web").compare().kept == (
        "db.sqlite3", "media", "media/upload.bin", "shop/models.py",
    )  # fmt: skip


def test_what_a_process_is_about_to_write_is_kept_though_the_folder_gives_way(live: Stand) -> None:
    being_written = live.root / "shop/migrations/0001.py"
    being_written.parent.mkdir()
    opened = time.monotonic()
    with being_written.open("w") as file:
        shutil.rmtree(live.host / "shop")
        (live.host / "shop").write_text("a file")
        while being_written.exists() and time.monotonic() < opened + BUSY_SECONDS / 2:
            time.sleep(0.01)  # it is never taken; where it is, that is soon
        file.write("the process's")
    if time.monotonic() > opened + BUSY_SECONDS:
        pytest.skip("the machine kept the file empty for longer than who writes it is waited for")
    live.await_equal()
    assert (live.root / "shop").read_text() == "a file"
    kept = (live.host / ".devenv/conflicts/shop/migrations").glob("0001.py*")
    assert "the process's" in [path.read_text() for path in kept]


def test_an_edit_of_the_host_in_the_moment_of_a_pull_is_not_lost(live: Stand) -> None:
    write(live.host, {"shop/migrations/0001.py": "v1"})
    live.await_equal()
    await_followed(live)
    for number in range(50):
        (live.root / "shop/migrations/0001.py").write_text(f"the process's {number}")
        (live.host / "shop/migrations/0001.py").write_text(f"the host's {number}")
    live.await_equal()
    assert (live.host / "shop/migrations/0001.py").read_text() == "the host's 49"


def test_a_pulled_file_that_the_host_deletes_is_deleted_everywhere(live: Stand) -> None:
    assert live.session is not None
    write(live.root, {"shop/migrations/0001_initial.py": "made"})
    live.session.pull()
    live.stop_session()
    (live.host / "shop/migrations/0001_initial.py").unlink()
    assert live.session_of("web").synchronize_once().removed == ("shop/migrations/0001_initial.py",)
    live.await_equal()


def test_what_a_container_writes_elsewhere_stays_there_and_is_listed(live: Stand) -> None:
    assert live.session is not None
    write(live.root, {"shop/report.csv": "made"})
    assert live.session.pull().kept == ("shop/report.csv",)
    assert (live.root / "shop/report.csv").read_text() == "made"
    assert not (live.host / "shop/report.csv").exists()


def test_both_sides_changed_and_the_containers_version_is_kept_aside(live: Stand) -> None:
    live.agents["web"].kill()
    (live.root / "shop/models.py").write_text("the container's")
    (live.host / "shop/models.py").write_text("the host's")
    live.agents["web"].restart()
    live.await_equal()
    assert (live.root / "shop/models.py").read_text() == "the host's"
    assert (live.host / ".devenv/conflicts/shop/models.py").read_text() == "the container's"
    assert live.told(Pulled) == [Pulled((), (".devenv/conflicts/shop/models.py",))]


def test_an_edit_of_what_the_container_wrote_keeps_its_version_aside(live: Stand) -> None:
    assert live.session is not None
    (live.root / "shop/models.py").write_text("the container's")
    assert live.session.pull().kept == ("shop/models.py",)
    (live.host / "shop/models.py").write_text("the host's")
    live.await_equal()
    assert (live.host / ".devenv/conflicts/shop/models.py").read_text() == "the container's"


def test_what_a_process_wrote_unseen_is_kept_aside_before_the_hosts_replaces_it(live: Stand) -> None:
    (live.root / "shop/models.py").write_text("a process's")
    (live.root / "manage.py").write_text("a process's, too")
    (live.host / "shop/models.py").write_text("the host's")
    (live.host / "manage.py").unlink()
    live.await_equal()
    assert (live.root / "shop/models.py").read_text() == "the host's"
    kept = live.host / ".devenv/conflicts"
    assert (kept / "shop/models.py").read_text() == "a process's"
    assert (kept / "manage.py").read_text() == "a process's, too"
    assert live.told(SyncProblem) == []


def test_a_path_that_both_sides_write_all_the_time_ends_as_the_hosts(live: Stand) -> None:
    for number in range(300):
        (live.root / "shop/models.py").write_text(f"a process's {number}")
        (live.host / "shop/models.py").write_text(f"the host's {number}")
    (live.host / "manage.py").write_text("and others go on")
    live.await_equal()
    assert (live.root / "shop/models.py").read_text() == "the host's 299"


def test_a_folder_that_vanishes_halts_and_removes_nothing(stand: Stand) -> None:
    write(stand.host, {f"a/{n}.py": "x" for n in range(100)})
    stand.begin("web")
    stand.await_equal()
    (stand.host / "a").rename(stand.host.parent / "elsewhere")
    assert isinstance(stand.await_end(), SyncHalted)
    assert len(tree_of(stand.root)) == 101


def test_the_root_vanishes(live: Stand) -> None:
    before = tree_of(live.root)
    live.host.rename(live.host.parent / "elsewhere")
    assert isinstance(live.await_end(), SyncHalted)
    assert tree_of(live.root) == before


def test_a_tree_that_is_removed_and_checked_out_again_goes_on(stand: Stand) -> None:
    write(stand.host, {f"src/{n}.py": "x" for n in range(100)})
    git(stand.host, "init", "-q")
    git(stand.host, "add", "-A")
    git(stand.host, "commit", "-q", "-m", "one")
    stand.begin("web")
    stand.await_equal()
    for file in (stand.host / "src").iterdir():
        file.unlink()
    (stand.host / "src").rmdir()
    git(stand.host, "checkout", "-q", "src")
    (stand.host / "src/0.py").write_text("and edited")
    stand.await_equal()
    assert stand.failure is None


def test_a_mounted_folder_is_not_written_and_its_processes_are_told(stand: Stand) -> None:
    write(stand.host, {"a.py": "v1"})
    seen: list[PathChange] = []
    stand.begin("web", mode="bind", react=lambda change: seen.append(change) or ("code",))  # type: ignore[func-returns-value]
    await_true(lambda: any(isinstance(e, ProcessState) and e.state == "ready" for e in stand.events))
    (stand.host / "a.py").write_text("v2")
    await_true(lambda: stand.told(Synced))
    assert [change.path for change in seen][-1:] == ["a.py"]
    assert tree_of(stand.root) == {}


def test_once_is_enough_to_agree_and_the_comparison_proves_it(stand: Stand) -> None:
    write(stand.host, {"a.py": "v1", "b/c.py": "v1"})
    converged = stand.session_of("web").synchronize_once()
    assert converged.pushed == ("a.py", "b", "b/c.py")
    assert stand.session_of("web").compare().is_equal
    (stand.host / "a.py").write_text("v2")
    assert [change.path for change in stand.session_of("web").compare().differences] == ["a.py"]
