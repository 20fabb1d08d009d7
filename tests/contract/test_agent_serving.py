"""The agent as a subprocess: a held port, reloads, broken code, no failed request."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devenv.agent.protocol import Contents, Fetch, ReadTree, Reloaded, Restart, State, Tree
from tests.contract.agents import (
    AGENT,
    DJANGO_FILES,
    PATIENCE_SECONDS,
    Agent,
    Client,
    Host,
    django_project,
    running,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")


@pytest.fixture(params=["wsgi", "asgi"])
def agent(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agent]:
    django_project(tmp_path / "app")
    with running(tmp_path, f"--{request.param}", f"site1.{request.param}:application") as agent:
        yield agent


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Agent]:
    django_project(tmp_path / "app")
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        yield agent


@pytest.fixture
def host(agent: Agent) -> Host:
    return agent.ready()


FIRST = """
INSTALLED_APPS = ["first", *INSTALLED_APPS]
"""
JINJA2 = """
TEMPLATES = [{"BACKEND": "django.template.backends.jinja2.Jinja2", "APP_DIRS": True}, *TEMPLATES]
"""


def price(value: object) -> str:
    return f"PRICE = {value}\n"


def test_a_saved_file_is_served_before_any_later_request(agent: Agent, host: Host) -> None:
    assert agent.get().text == "1"
    for number in range(2, 6):
        committed = host.commit({"shop/prices.py": price(number)})
        answer = agent.get()
        assert (answer.text, answer.generation) == (str(number), committed.generation)
        host.wait(Reloaded, generation=committed.generation)


def test_a_second_edit_of_a_file_goes_back_to_just_before_its_import(agent: Agent, host: Host) -> None:
    host.save("shop/prices.py", price(2))
    reloaded = host.save("shop/prices.py", price(3))
    assert (reloaded.action, reloaded.rung, reloaded.cause) == ("reload", "chain", "shop/prices.py")


def test_a_reload_tells_when_each_of_its_stages_was_passed(agent: Agent, host: Host) -> None:
    host.save("shop/prices.py", price(2))
    reloaded = host.save("shop/prices.py", price(3))
    passed = [milliseconds for _, milliseconds in reloaded.stages]
    assert [name for name, _ in reloaded.stages] == ["paused", "applied", "resumed", "loaded", "ready"]
    assert passed == sorted(passed)
    assert 0 < passed[0] < passed[-1] <= reloaded.duration_ms
    assert reloaded.before == "shop.prices"


def test_the_next_edit_of_a_file_is_taken_up_by_a_process_that_waits_for_it(agent: Agent, host: Host) -> None:
    def save(number: int) -> int:
        """Save the file once more; the process that serves it."""
        host.save("shop/prices.py", f"import os\nPRICE = os.getpid()  # {number}\n")
        return int(agent.get().text)

    save(1)
    deadline = time.monotonic() + PATIENCE_SECONDS
    for number in itertools.count(2):
        time.sleep(0.4)  # for the spare, which is made when nothing else is to be done
        known = host_pids(agent)
        if save(number) in known:
            break
        assert time.monotonic() < deadline
    os.kill(host_pids(agent)[-1], signal.SIGKILL)
    assert save(0) in host_pids(agent)


def test_every_response_closes_its_connection_and_names_its_generation(agent: Agent, host: Host) -> None:
    answer = agent.get("/echo")
    assert (answer.status, answer.text) == (200, "127.0.0.1 GET")
    assert (answer.headers["connection"], answer.generation) == ("close", 0)


def test_a_syntax_error_is_answered_with_its_place_and_heals_with_the_next_save(
    agent: Agent, host: Host
) -> None:
    failed = host.save("shop/prices.py", "PRICE = = 2\n")
    assert failed.action == "failed"
    assert failed.traceback.endswith("SyntaxError: invalid syntax\n")
    assert str(agent.root) in failed.traceback
    assert "devenv/agent" not in failed.traceback

    problem = agent.get(accept="application/json")
    assert (problem.status, problem.headers["content-type"]) == (500, "application/problem+json")
    assert json.loads(problem.text)["place"] == "shop/prices.py:1"
    page = agent.get(accept="text/html")
    assert (page.status, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "PRICE = = 2" in page.text
    assert page.generation == problem.generation == failed.generation

    healed = host.save("shop/prices.py", price(5))
    assert (healed.action, healed.rung) == ("reload", "chain")
    assert agent.get().text == "5"


def test_broken_code_at_the_first_start_is_shown_and_heals(tmp_path: Path) -> None:
    django_project(tmp_path / "app")
    (tmp_path / "app/site1/settings.py").write_text("import nothing_of_this_name\n")
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        host = agent.connect()
        host.wait(State, state="broken", detail="ModuleNotFoundError: No module named 'nothing_of_this_name'")
        assert agent.get().status == 500
        assert agent.run("health").returncode == 0
        settings = textwrap.dedent(DJANGO_FILES["site1/settings.py"])
        assert host.save("site1/settings.py", settings).action == "reload"
        assert agent.get().text == "1"


def test_a_missing_module_heals_when_it_is_created(agent: Agent, host: Host) -> None:
    host.save("shop/prices.py", "from shop.made_later import PRICE\n")
    assert agent.get().status == 500
    assert host.save("shop/made_later.py", price(9), "modules").action == "reload"
    assert agent.get().text == "9"


def test_a_new_module_that_shadows_an_installed_one_is_seen(agent: Agent, host: Host) -> None:
    host.save("shop/prices.py", "import colorsys\nPRICE = colorsys.__name__\n")
    assert agent.get().text == "colorsys"
    host.save("colorsys.py", "__name__ = 'ours'\n", "modules")
    assert agent.get().text == "ours"


def test_a_deleted_module_is_gone(agent: Agent, host: Host) -> None:
    committed = host.commit(removals=("shop/prices.py",), reactions=(("modules", "shop/prices.py"),))
    failed = host.wait(Reloaded, generation=committed.generation)
    assert failed.action == "failed"
    assert "ImportError: cannot import name 'prices'" in failed.traceback


def test_a_module_imported_by_a_request_is_reloaded_too(agent: Agent, host: Host) -> None:
    assert agent.get("/lazy").text == "first"
    assert host.save("shop/later.py", "VALUE = 'second'\n").action == "reload"
    assert agent.get("/lazy").text == "second"


def test_what_a_request_loaded_while_the_agent_was_busy_is_reloaded_too(agent: Agent, host: Host) -> None:
    agent.process.send_signal(signal.SIGSTOP)
    try:
        assert agent.get("/lazy").text == "first"
    finally:  # it finds what was loaded and the change at the same time
        threading.Timer(0.2, agent.process.send_signal, (signal.SIGCONT,)).start()
    assert host.save("shop/later.py", "VALUE = 'second'\n").action == "reload"
    assert agent.get("/lazy").text == "second"


def test_a_change_that_means_nothing_may_come_together_with_what_the_process_says(
    agent: Agent, host: Host
) -> None:
    for number in range(6):  # the kernel decides which of the two the agent looks at first
        agent.process.send_signal(signal.SIGSTOP)
        with ThreadPoolExecutor(1) as pool, socket.create_connection(("127.0.0.1", agent.port)) as visitor:
            try:
                saving = pool.submit(host.save, "shop/unloaded.py", f"X = {number}\n")
                time.sleep(0.1)
                visitor.sendall(b"GET /.devenv/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
                time.sleep(0.1)
            finally:
                agent.process.send_signal(signal.SIGCONT)
            assert saving.result(PATIENCE_SECONDS).action == "none"
            assert visitor.recv(65536).startswith(b"HTTP/1.1 404")
        assert agent.run("health").returncode == 0


def test_a_file_that_nobody_loaded_changes_nothing(agent: Agent, host: Host) -> None:
    pids = host_pids(agent)
    reloaded = host.save("shop/unloaded.py", "X = 1\n")
    assert (reloaded.action, reloaded.cause) == ("none", "not loaded: shop/unloaded.py")
    assert host_pids(agent) == pids
    assert agent.get().generation == reloaded.generation


def test_a_template_is_reset_in_the_running_process(agent: Agent, host: Host) -> None:
    assert agent.get("/page").text == "one"
    pids = host_pids(agent)
    committed = host.commit(
        {"shop/templates/page.html": "two"}, reactions=(("template", "shop/templates/page.html"),)
    )
    answer = agent.get("/page")
    assert (answer.text, answer.generation) == ("two", committed.generation)
    assert host.wait(Reloaded, generation=committed.generation).action == "reset"
    assert host_pids(agent) == pids


def test_a_static_file_is_served_at_once_and_nothing_restarts(agent: Agent, host: Host) -> None:
    assert agent.get("/static/shop.css").text == "body {}"
    assert host.save("shop/static/shop.css", "b {}", "static").action == "none"
    assert agent.get("/static/shop.css").text == "b {}"


def an_app_comes_first(agent: Agent, host: Host, more: str = "") -> None:
    settings = (agent.root / "site1/settings.py").read_text() + FIRST + more
    committed = host.commit({"first/__init__.py": "", "site1/settings.py": settings})
    assert host.wait(Reloaded, generation=committed.generation).action == "reload"


def test_the_first_files_that_an_app_has_of_a_kind_are_found(agent: Agent, host: Host) -> None:
    an_app_comes_first(agent, host)
    assert (agent.get("/page").text, agent.get("/static/shop.css").text) == ("one", "body {}")
    assert host.save("first/templates/page.html", "first", "template").action == "reset"
    assert host.save("first/static/shop.css", "first {}", "static").action == "none"
    assert (agent.get("/page").text, agent.get("/static/shop.css").text) == ("first", "first {}")


def test_jinja2_finds_a_template_that_comes_before_the_one_it_has(agent: Agent, host: Host) -> None:
    (agent.root / "shop/jinja2").mkdir()
    (agent.root / "shop/jinja2/page.html").write_text("jinja {{ 1 + 1 }}")
    an_app_comes_first(agent, host, JINJA2)
    assert agent.get("/page").text == "jinja 2"
    host.save("first/jinja2/page.html", "first {{ 1 + 1 }}", "template")
    assert agent.get("/page").text == "first 2"


def test_changed_settings_are_in_force(agent: Agent, host: Host) -> None:
    settings = (agent.root / "site1/settings.py").read_text()
    assert host.save("site1/settings.py", settings.replace("hello", "good day")).action == "reload"
    assert agent.get("/settings").text == "good day"


def test_a_restart_starts_from_cold(agent: Agent, host: Host) -> None:
    host.send(Restart("the user asked"))
    reloaded = host.wait(Reloaded, cause="the user asked")
    assert (reloaded.action, reloaded.rung) == ("reload", "cold")
    assert agent.get().text == "1"


def test_a_killed_process_is_replaced_at_once(agent: Agent, host: Host) -> None:
    for _ in range(3):
        os.kill(host_pids(agent)[0], signal.SIGKILL)
        host.wait(State, state="ready")
        assert agent.get().text == "1"


def test_after_every_process_was_killed_it_starts_from_cold(web: Agent) -> None:
    host = web.ready()
    for pid in reversed(host_pids(web)):
        os.kill(pid, signal.SIGKILL)
    assert web.get().text == "1"
    assert host.save("shop/prices.py", price(2)).action == "reload"
    assert web.get().text == "2"


def test_a_request_under_way_finishes_in_the_old_process(web: Agent) -> None:
    host = web.ready()
    client = Client(web.port, "/slow")
    with client.asking(1):
        while not web.log.read_text().count("slow"):
            host.save("shop/prices.py", price(2))
            time.sleep(0.3)
    assert client.failures == []
    assert {answer.status for _, answer in client.answers} == {200}


def test_fifty_reloads_under_a_client_that_never_stops_fail_no_request(agent: Agent, host: Host) -> None:
    client = Client(agent.port)
    acknowledged: list[tuple[float, int]] = []
    with client.asking(4):
        for number in range(50):
            committed = host.commit({"shop/prices.py": price(number)})
            acknowledged.append((time.monotonic(), committed.generation))
            host.wait(Reloaded, generation=committed.generation)
    assert client.failures == []
    assert {answer.status for _, answer in client.answers} == {200}
    stale = [
        (sent, answer.generation, generation)
        for sent, answer in client.answers
        for moment, generation in acknowledged
        if sent > moment and answer.generation < generation
    ]
    assert stale == []
    assert all(int(answer.text) == answer.generation - 1 for _, answer in client.answers if answer.generation)


def test_saves_faster_than_starts_end_with_the_newest(agent: Agent, host: Host) -> None:
    for number in range(20):
        committed = host.commit({"shop/prices.py": price(number), "shop/models.py": MODELS % number})
    assert agent.get().text == "19"
    assert host.wait(Reloaded, generation=committed.generation).action == "reload"


MODELS = (
    "from django.db import models\nclass Book(models.Model):\n    pages = models.IntegerField(default=%d)\n"
)


def test_hot_modules_are_those_of_a_cold_start(agent: Agent, host: Host) -> None:
    host.save("shop/prices.py", "import decimal, shop.later\nPRICE = decimal.Decimal(3)\n")
    host.save("shop/models.py", MODELS % 3)
    hot = json.loads(agent.get("/modules").text)
    host.send(Restart("to compare"))
    host.wait(Reloaded, cause="to compare")
    assert json.loads(agent.get("/modules").text) == hot


def test_a_process_that_starts_a_thread_falls_down_the_ladder_and_says_why(web: Agent) -> None:
    host = web.ready()
    settings = (web.root / "site1/settings.py").read_text()
    threaded = (
        settings
        + "import threading, time\nthreading.Thread(target=time.sleep, args=(999,), daemon=True).start()\n"
    )
    host.save("site1/settings.py", threaded)
    assert host.save("shop/prices.py", price(4)).action == "reload"
    assert web.get().text == "4"
    assert "no checkpoint after this: a thread was started" in web.log.read_text()


def test_handlers_that_logging_imports_from_the_project_are_no_place_for_a_checkpoint(web: Agent) -> None:
    host = web.ready()
    settings = (web.root / "site1/settings.py").read_text()
    # dictConfig holds logging's lock while it imports the class; the slow import makes a checkpoint due.
    quiet = "import logging\nclass Quiet(logging.Handler):\n    def emit(self, _): pass\n"
    host.save("shop/handlers.py", quiet)
    logged = settings + (
        "sum(range(20_000_000))\n"
        'LOGGING = {"version": 1, "handlers": {"quiet": {"class": "shop.handlers.Quiet"}}}\n'
    )
    assert host.save("site1/settings.py", logged).action == "reload"
    assert host.save("shop/prices.py", price(5)).action == "reload"
    assert web.get().text == "5"


def test_health_says_how_the_process_is(web: Agent) -> None:
    web.ready()
    result = web.run("health")
    assert (result.returncode, result.stdout) == (0, b"ready\n")


def test_health_without_an_agent_is_a_failure(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(AGENT), "health", "--socket", str(tmp_path / "none")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_the_container_stops_when_it_is_told_to(web: Agent) -> None:
    web.ready()
    web.process.send_signal(signal.SIGTERM)
    assert web.process.wait(PATIENCE_SECONDS) == 0


def test_several_hosts_are_told_the_same(web: Agent) -> None:
    first, second = web.ready(), web.ready()
    committed = first.commit({"shop/prices.py": price(2)})
    told = first.wait(Reloaded, generation=committed.generation)
    assert second.wait(Reloaded, generation=committed.generation) == told


def test_the_tree_and_what_was_given_can_be_read(web: Agent) -> None:
    host = web.ready()
    host.commit({"shop/prices.py": price(2)})
    (web.root / "shop/migrations").mkdir()
    (web.root / "shop/migrations/0001_initial.py").write_text("made here")
    host.send(ReadTree(["__pycache__"], [], [], follow=False))
    tree = host.wait(Tree)
    assert {"shop/prices.py", *tree.made} <= {row[0] for row in tree.entries}
    assert set(tree.made) == {"shop/migrations", "shop/migrations/0001_initial.py"}
    assert tree.given == []
    host.send(Fetch(["shop/migrations/0001_initial.py", "../etc/passwd", "gone"]))
    assert [tuple(host.wait(Contents)) for _ in range(3)] == [
        ("shop/migrations/0001_initial.py", 0, True, "", b"made here"),
        ("../etc/passwd", 0, True, "not a path inside the source folder", b""),
        ("gone", 0, True, "No such file or directory", b""),
    ]


def test_two_agents_share_a_source_folder(tmp_path: Path, web: Agent) -> None:
    host = web.ready()
    with running(tmp_path, "--wsgi", "site1.wsgi:application", root=web.root) as other:
        told = other.ready()
        committed = host.commit({"shop/prices.py": price(7)})
        assert told.react(committed.generation, ("code", "shop/prices.py")).action == "reload"
        assert (other.get().text, other.get().generation) == ("7", committed.generation)


def host_pids(agent: Agent) -> list[int]:
    """The agent's children: the serving process, then the checkpoints, then a spare."""
    host = agent.connect()
    try:
        return host.wait(State).pids
    finally:
        host.close()


def test_a_loop_at_import_is_ended_with_the_place_where_it_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVENV_START_SECONDS", "5")
    django_project(tmp_path / "app")
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        host = agent.ready()
        for _ in range(2):  # from the chain of the first start, then from the checkpoint of what was edited
            failed = host.save("shop/prices.py", "import time\nwhile True:\n    time.sleep(0.01)\n")
            assert (failed.action, failed.rung) == ("failed", "chain")
            problem = json.loads(agent.get(accept="application/json").text)
            assert problem["place"] == "shop/prices.py:3"
            assert "did not end within 5 s" in problem["detail"]
            assert host.save("shop/prices.py", price(7)).action == "reload"
            assert agent.get().text == "7"


def test_threads_and_children_of_the_old_process_are_gone_after_a_reload(web: Agent) -> None:
    host = web.ready()
    host.save(
        "shop/prices.py",
        "import subprocess, threading, time\n"
        "PRICE = subprocess.Popen(['sleep', '300']).pid\n"
        "threading.Thread(target=time.sleep, args=(300,)).start()\n",
    )
    child, old = int(web.get().text), host_pids(web)[0]
    assert is_running(child)
    host.save("shop/prices.py", price(3))
    assert web.get().text == "3"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (is_running(child) or is_running(old)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (is_running(child), is_running(old)) == (False, False)


def is_running(pid: int) -> bool:
    """Whether it is a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_checkpoints_beyond_the_memory_budget_are_dropped_but_not_the_deepest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVENV_CHECKPOINTS_MB", "1")
    django_project(tmp_path / "app")
    for module in ("models", "views", "prices"):
        with (tmp_path / f"app/shop/{module}.py").open("a") as file:
            file.write("\nWORTH_A_CHECKPOINT = sum(range(10_000_000))\n")
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        host = agent.ready()
        before = host_pids(agent)
        assert len(before) > 2
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(host_pids(agent)) > 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert host_pids(agent) == [before[0], before[-1]]
        assert host.save("shop/prices.py", price(2)).action == "reload"
        assert agent.get().text == "2"


def test_compiled_translations_are_reset_in_the_running_process(tmp_path: Path) -> None:
    root = tmp_path / "app"
    django_project(root)
    with (root / "site1/settings.py").open("a") as settings:
        settings.write('\nLANGUAGE_CODE = "de"\nLOCALE_PATHS = [BASE_DIR / "locale"]\n')
    (root / "shop/prices.py").write_text(
        "from django.utils.translation import gettext\n"
        "class Price:\n    def __str__(self):\n        return gettext('one book')\nPRICE = Price()\n"
    )
    catalog = root / "locale/de/LC_MESSAGES/django.mo"
    catalog.parent.mkdir(parents=True)
    catalog.write_bytes(compiled("one book", "a"))
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        host = agent.ready()
        assert agent.get().text == "a"
        worker = host_pids(agent)[0]
        catalog.write_bytes(compiled("one book", "b"))
        reset = host.react(1, ("translation", "locale/de/LC_MESSAGES/django.mo"))
        assert (reset.action, agent.get().text) == ("reset", "b")
        assert host_pids(agent)[0] == worker


def compiled(message: str, translation: str) -> bytes:
    """A catalogue as msgfmt makes it: a header of seven words, two tables, the texts."""
    texts = ("", message, "Content-Type: text/plain; charset=UTF-8\n", translation)
    rows, content = b"", b""
    for text in texts:
        rows += struct.pack("<2I", len(text), 28 + 8 * len(texts) + len(content))
        content += text.encode("ascii") + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, 2, 28, 28 + 16, 0, 0) + rows + content
