"""Commands under the agent: workers, scripts, programs that are not Python."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from devenv.agent.limit import TOLD
from devenv.agent.protocol import (
    VERSION,
    Decoder,
    Held,
    Hello,
    Hold,
    Release,
    Reloaded,
    State,
    Welcome,
    encode,
)
from tests.contract.agents import AGENT, PATIENCE_SECONDS, PORT, Agent, Host, django_project, running, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")

BOT = {
    "bot.py": """
        import os, sys, time
        import words
        def say(text):
            with open(sys.argv[1], "a") as file:
                file.write("%s %s %s\\n" % (os.getpid(), text, words.WORD))
        try:
            say("begins")
            while True:
                time.sleep(0.02)
        except BaseException:
            say("ends")
            raise
    """,
    "words.py": "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nWORD = 'one'\n",
}
WORDS = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nWORD = '%s'\n"


def told(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def until(found: Callable[[], str]) -> str:
    """What is found at last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (text := found()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return text


def said(path: Path, *line: str) -> Callable[[], bool]:
    return lambda: list(line) in [words[1:] for words in told(path)]


def test_a_script_runs_the_new_code_and_the_old_process_ends_as_it_would(tmp_path: Path) -> None:
    write(tmp_path / "app", BOT)
    out = tmp_path / "out"
    with running(tmp_path, "--", "python", "bot.py", str(out)) as agent:
        host = agent.ready()
        wait_until(said(out, "begins", "one"))
        reloaded = host.save("words.py", WORDS % "two")
        assert (reloaded.action, reloaded.cause) == ("reload", "words.py")
        wait_until(said(out, "begins", "two"))
        wait_until(said(out, "ends", "one"))
        assert host.save("words.py", WORDS % "three").rung == "chain"
        wait_until(said(out, "begins", "three"))


def test_a_command_that_goes_on_as_another_program_runs_the_new_code(tmp_path: Path) -> None:
    exec_ = "import os, sys\nos.execv(sys.executable, [sys.executable, 'bot.py', *sys.argv[1:]])\n"
    write(tmp_path / "app", {**BOT, "manage.py": exec_})
    out = tmp_path / "out"
    with running(tmp_path, "--", "python", "manage.py", str(out)) as agent:
        host = agent.ready()
        wait_until(said(out, "begins", "one"))
        wait_until(lambda: b"goes on as another program" in agent.log.read_bytes())
        host.save("words.py", WORDS % "two")
        wait_until(said(out, "begins", "two"))
        wait_until(said(out, "ends", "one"))


def test_what_ends_again_and_again_soon_after_its_start_is_broken(tmp_path: Path) -> None:
    children = (
        "import sys, time\n"
        "from words import WORD\n"
        "print(WORD, flush=True)\n"
        "time.sleep(1.5 if WORD == 'bad' else 60)\n"
        "sys.exit(3)\n"
    )
    exec_ = "import os, sys\nos.execv(sys.executable, [sys.executable, 'children.py'])\n"
    write(tmp_path / "app", {"words.py": WORDS % "one", "children.py": children, "manage.py": exec_})
    with running(tmp_path, "--", "python", "manage.py") as agent:
        host = agent.ready()
        wait_until(lambda: b"goes on as another program" in agent.log.read_bytes())
        assert host.save("words.py", WORDS % "bad").action == "reload"

        host.wait(Reloaded, action="failed")
        assert host.wait(State, state="broken").detail == "web exited with code 3 while it started"

        assert host.save("words.py", WORDS % "good").action == "reload"
        wait_until(lambda: b"good\n" in agent.log.read_bytes())


def test_what_spawned_children_load_is_new_too(tmp_path: Path) -> None:
    spawn = (
        "import multiprocessing, runpy, sys, time\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    child = context.Process(target=runpy.run_path, args=('bot.py',))\n"
        "    child.daemon = True\n"
        "    child.start()\n"
        "    child.join()\n"
    )
    write(tmp_path / "app", {**BOT, "manage.py": spawn})
    out = tmp_path / "out"
    with running(tmp_path, "--", "python", "manage.py", str(out)) as agent:
        host = agent.ready()
        wait_until(said(out, "begins", "one"))
        host.save("words.py", WORDS % "two")
        wait_until(said(out, "begins", "two"))


def test_an_exclusive_process_is_never_there_twice(tmp_path: Path) -> None:
    write(tmp_path / "app", BOT)
    out = tmp_path / "out"
    with running(tmp_path, "--exclusive", "--", "python", "bot.py", str(out)) as agent:
        host = agent.ready()
        wait_until(said(out, "begins", "one"))
        for word in ("two", "three", "four"):
            host.save("words.py", WORDS % word)
            wait_until(said(out, "begins", word))
    lines = told(out)
    assert [line[1] for line in lines] == ["begins", "ends"] * 4
    assert [line[2] for line in lines] == ["one", "one", "two", "two", "three", "three", "four", "four"]


SLOW = {
    "bot.py": """
        import os, signal, sys, time
        import early
        import late
        def end(*_):
            while not os.path.exists(sys.argv[1] + ".may-end"):
                time.sleep(0.01)
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        with open(sys.argv[1], "a") as file:
            file.write("%s begins %s %s\\n" % (os.getpid(), early.WORD, late.WORD))
        while True:
            time.sleep(0.02)
    """,
    "early.py": "WORD = 'one'\n",
    "late.py": "WORD = 'one'\n",
}


def edited(agent: Agent, out: Path) -> Host:
    """A connection, once there are checkpoints before both modules, and the process ends when it may."""
    host, may_end = agent.ready(), Path(f"{out}.may-end")
    may_end.touch()
    for module in ("early", "late"):
        host.save(f"{module}.py", "WORD = 'one'  # edited\n")
    wait_until(lambda: len(told(out)) == 3)
    may_end.unlink()
    return host


def test_what_is_saved_while_an_exclusive_process_ends_is_not_all_that_is_new(tmp_path: Path) -> None:
    write(tmp_path / "app", SLOW)
    out = tmp_path / "out"
    with running(tmp_path, "--exclusive", "--", "python", "bot.py", str(out)) as agent:
        host = edited(agent, out)
        host.commit({"early.py": "WORD = 'two'\n"})
        saved = host.commit({"late.py": "WORD = 'two'\n"})
        (tmp_path / "out.may-end").touch()
        assert host.wait(Reloaded, generation=saved.generation).rung == "chain"
    assert [line[2:] for line in told(out)][2:] == [["one", "one"], ["two", "two"]]


def test_an_exclusive_process_that_is_held_while_its_predecessor_ends_waits(tmp_path: Path) -> None:
    write(tmp_path / "app", SLOW)
    out = tmp_path / "out"
    with running(tmp_path, "--exclusive", "--", "python", "bot.py", str(out)) as agent:
        host = edited(agent, out)
        saved = host.commit({"early.py": "WORD = 'two'\n"})
        host.send(Hold(True))
        (tmp_path / "out.may-end").touch()
        host.wait(Held)
        time.sleep(0.3)  # in which it would have begun
        assert len(told(out)) == 3
        host.send(Release(""))
        assert host.wait(Reloaded, generation=saved.generation).rung == "chain"
    assert [line[2:] for line in told(out)][2:] == [["one", "one"], ["two", "one"]]


SERVER = {
    "server.py": """
        import http.server, sys
        import words
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(words.WORD.encode())
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    """,
    "words.py": BOT["words.py"],
}


def test_a_command_that_binds_its_port_by_itself_starts_when_the_one_before_has_left_it(
    tmp_path: Path,
) -> None:
    write(tmp_path / "app", SERVER)
    with running(tmp_path, "--", "python", "server.py", PORT) as agent:
        host = agent.ready()
        wait_until(partial(answers, agent, "one"))
        for word in ("two", "three"):
            assert host.save("words.py", WORDS % word).action == "reload"
            wait_until(partial(answers, agent, word))
        assert "starting it again" not in agent.log.read_text()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("__import__('os')._exit(3)", "web exited with code 3 while it started"),
        (
            "__import__('time').sleep(1.5) or __import__('os')._exit(3)",
            "web exited with code 3 while it started",
        ),
    ],
)
def test_the_failure_is_shown_at_a_port_that_a_command_binds_by_itself(
    tmp_path: Path, broken: str, reason: str
) -> None:
    write(tmp_path / "app", SERVER)
    with running(tmp_path, "--", "python", "server.py", PORT) as agent:
        host = agent.ready()
        wait_until(partial(answers, agent, "one"))
        assert host.save("words.py", f"WORD = {broken}\n").action == "failed"
        page = until(partial(failure, agent, "text/html"))
        assert f"<title>{reason}</title>" in page
        assert ("devenv logs web" in page) == ("exited" in reason)
        assert json.loads(until(partial(failure, agent, "application/json")))["detail"] == reason

        assert host.save("words.py", WORDS % "well").action == "reload"
        wait_until(partial(answers, agent, "well"))


def failure(agent: Agent, accept: str) -> str:
    """The page of a failure, "" while there is none: now and then the command is tried again."""
    try:
        answer = agent.get(accept=accept)
    except (OSError, http.client.HTTPException):
        return ""
    return answer.text if answer.status == 500 else ""


def answers(agent: Agent, text: str) -> bool:
    try:
        return agent.get().text == text
    except OSError:
        return False


def test_a_killed_command_is_started_again(tmp_path: Path) -> None:
    write(tmp_path / "app", BOT)
    out = tmp_path / "out"
    with running(tmp_path, "--", "python", "bot.py", str(out)) as agent:
        agent.ready()
        wait_until(said(out, "begins", "one"))
        os.kill(int(told(out)[0][0]), signal.SIGKILL)
        wait_until(lambda: len(told(out)) == 2)


def test_an_exception_of_a_command_is_told_and_heals(tmp_path: Path) -> None:
    write(tmp_path / "app", BOT)
    out = tmp_path / "out"
    with running(tmp_path, "--", "python", "bot.py", str(out)) as agent:
        host = agent.ready()
        failed = host.save("words.py", "WORD = 1 / 0\n")
        assert failed.action == "failed"
        assert failed.traceback.endswith("ZeroDivisionError: division by zero\n")
        assert "devenv/agent" not in failed.traceback
        assert agent.run("health").stdout == b"broken: ZeroDivisionError: division by zero\n"
        assert host.save("words.py", WORDS % "well").action == "reload"
        wait_until(said(out, "begins", "well"))


def test_a_command_that_was_at_work_and_raised_is_told_and_started_again(tmp_path: Path) -> None:
    bot = (
        "import os, time\n"
        "with open('runs', 'a') as file:\n"
        "    file.write('run\\n')\n"
        "while not os.path.exists('lost'):\n"
        "    time.sleep(0.02)\n"
        "os.unlink('lost')\n"
        "raise OSError('the server went away')\n"
    )
    write(tmp_path / "app", {"bot.py": bot})
    with running(tmp_path, "--", "python", "bot.py") as agent:
        agent.ready()
        wait_until(lambda: told(agent.root / "runs"))
        (agent.root / "lost").touch()
        wait_until(lambda: len(told(agent.root / "runs")) == 2)
        log = agent.log.read_text()
        assert log.count("OSError: the server went away\n") == 1
        assert "exited with code 1 (OSError: the server went away); starting it again\n" in log
        agent.connect().wait(State, state="ready")


def test_why_a_start_fails_is_told_once_while_it_is_tried_again(tmp_path: Path) -> None:
    write(tmp_path / "app", {"bot.py": "import words\n", "words.py": "raise OSError('no %s' % 'disk')\n"})
    with running(tmp_path, "--", "python", "bot.py") as agent:
        host = agent.connect()
        wait_until(lambda: agent.log.read_text().count("web does not start (it did not start)") == 2)
        assert agent.log.read_text().count("OSError: no disk") == 1
        host.save("words.py", "raise OSError('no %s' % 'disk')  # still\n")
        wait_until(lambda: agent.log.read_text().count("OSError: no disk") == 2)


def test_a_file_that_a_command_did_not_load_leaves_it_alone(tmp_path: Path) -> None:
    write(tmp_path / "app", {**BOT, "other.py": ""})
    out = tmp_path / "out"
    with running(tmp_path, "--", "python", "bot.py", str(out)) as agent:
        host = agent.ready()
        wait_until(said(out, "begins", "one"))
        assert host.save("other.py", "X = 1\n").action == "none"
        assert len(told(out)) == 1


def test_another_program_is_restarted_on_any_code_change(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = f"echo $$ begins >> {out}; exec sleep 999"
    with running(tmp_path, "--", "sh", "-c", command) as agent:
        host = agent.ready()
        reloaded = host.save("anything.py", "X = 1\n")
        assert (reloaded.action, reloaded.rung) == ("reload", "cold")
        wait_until(lambda: len(told(out)) == 2)
        assert host.save("page.html", "x", "template").action == "none"


def test_a_command_that_cannot_run_is_told(tmp_path: Path) -> None:
    with running(tmp_path, "--", "no-such-command-anywhere") as agent:
        agent.connect().wait(State, state="broken")
        assert b"exited with code 127" in agent.run("health").stdout


def test_a_module_can_be_run(tmp_path: Path) -> None:
    write(
        tmp_path / "app",
        {"pkg/__init__.py": "", "pkg/__main__.py": BOT["bot.py"], "words.py": BOT["words.py"]},
    )
    out = tmp_path / "out"
    with running(tmp_path, "--", "python", "-m", "pkg", str(out)) as agent:
        host = agent.ready()
        wait_until(said(out, "begins", "one"))
        assert host.save("words.py", WORDS % "two").action == "reload"
        wait_until(said(out, "begins", "two"))


def test_a_management_command_runs_in_the_project(tmp_path: Path) -> None:
    django_project(tmp_path / "app")
    write(
        tmp_path / "app",
        {
            "manage.py": """
                import os, sys
                from django.core.management import execute_from_command_line
                os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
                execute_from_command_line(sys.argv)
            """,
            "shop/management/__init__.py": "",
            "shop/management/commands/__init__.py": "",
            "shop/management/commands/bot.py": """
                import time
                from django.core.management.base import BaseCommand
                from shop import prices
                class Command(BaseCommand):
                    def add_arguments(self, parser):
                        parser.add_argument("out")
                    def handle(self, out, **options):
                        open(out, "a").write("bot begins %s\\n" % prices.PRICE)
                        time.sleep(999)
            """,
        },
    )
    out = tmp_path / "out"
    with running(tmp_path, "--", "python", "manage.py", "bot", str(out)) as agent:
        host = agent.ready()
        wait_until(said(out, "begins", "1"))
        assert host.save("shop/prices.py", "PRICE = 2\n").action == "reload"
        wait_until(said(out, "begins", "2"))


LOOP = "import time\nwhile True:\n    time.sleep(0.01)\n"
CELERY = {
    "site1/__init__.py": "from site1.celery import app\n",
    "site1/celery.py": """
        import os
        from celery import Celery
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
        QUEUE = os.environ["QUEUE"]
        app = Celery("site1", broker="filesystem://")
        app.conf.broker_transport_options = {"data_folder_in": QUEUE, "data_folder_out": QUEUE}
        app.autodiscover_tasks()
    """,
    "shop/tasks.py": """
        import os
        from celery import shared_task
        from shop import prices
        @shared_task
        def note(out):
            with open(out, "a") as file:
                file.write("%s task %s\\n" % (os.getpid(), prices.PRICE))
    """,
}


def send_task(agent: Agent, out: Path) -> None:
    code = f"import site1.celery; site1.celery.app.send_task('shop.tasks.note', [{str(out)!r}])"
    subprocess.run([sys.executable, "-c", code], cwd=agent.root, check=True, timeout=PATIENCE_SECONDS)


def test_a_celery_worker_runs_the_new_code_of_a_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    django_project(tmp_path / "app")
    write(tmp_path / "app", CELERY)
    (tmp_path / "queue").mkdir()
    monkeypatch.setenv("QUEUE", str(tmp_path / "queue"))
    monkeypatch.setenv("C_FORCE_ROOT", "1")
    out = tmp_path / "out"
    command = [
        "celery",
        "-A",
        "site1",
        "worker",
        "--concurrency",
        "1",
        "--without-mingle",
        "--without-gossip",
    ]
    with running(tmp_path, "--", *command) as agent:
        host = agent.ready()
        send_task(agent, out)
        wait_until(said(out, "task", "1"))
        old = host_pids(agent)[0]
        reloaded = host.save("shop/prices.py", "PRICE = 2\n")
        assert (reloaded.action, reloaded.rung) == ("reload", "chain")
        wait_until(lambda: not Path(f"/proc/{old}").exists() or is_dead(old))
        send_task(agent, out)
        wait_until(said(out, "task", "2"))
        assert len(told(out)) == 2


def test_a_celery_worker_that_cannot_load_its_app_tells_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    django_project(tmp_path / "app")
    write(tmp_path / "app", {**CELERY, "site1/celery.py": "import nothing_like_this\n"})
    monkeypatch.setenv("QUEUE", str(tmp_path))
    with running(tmp_path, "--", "celery", "-A", "site1", "worker") as agent:
        state = agent.connect().wait(State, state="broken")
        assert "nothing_like_this" in state.detail


def test_a_celery_worker_that_loops_at_import_is_ended_with_the_place_where_it_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    django_project(tmp_path / "app")
    write(tmp_path / "app", CELERY)
    (tmp_path / "queue").mkdir()
    monkeypatch.setenv("QUEUE", str(tmp_path / "queue"))
    monkeypatch.setenv("C_FORCE_ROOT", "1")
    monkeypatch.setenv("DEVENV_START_SECONDS", "8")
    with running(tmp_path, "--", "celery", "-A", "site1", "worker") as agent:
        host = agent.ready()
        failed = host.save("site1/celery.py", LOOP)
        assert failed.action == "failed"
        assert failed.traceback.endswith("StartTakesTooLong: " + TOLD % 8 + "\n")
        healed = textwrap.dedent(CELERY["site1/celery.py"])
        assert host.save("site1/celery.py", healed).action == "reload"


def host_pids(agent: Agent) -> list[int]:
    host = agent.connect()
    return host.wait(State).pids


def is_dead(pid: int) -> bool:
    """A zombie is as good as gone."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_the_relay_connects_a_stream_with_the_agent(tmp_path: Path) -> None:
    with running(tmp_path, "--", "sleep", "999") as agent:
        agent.ready()
        command = [sys.executable, "-I", str(AGENT), "relay", "--socket", str(agent.socket)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as relay:
            assert relay.stdin is not None
            assert relay.stdout is not None
            relay.stdin.write(encode(Hello(VERSION)))
            relay.stdin.flush()
            decoder = Decoder()
            first = next(iter(decoder.feed(os.read(relay.stdout.fileno(), 1 << 16))))
            assert isinstance(first, Welcome)
            relay.stdin.close()
            assert relay.wait(PATIENCE_SECONDS) == 0


def test_a_quickly_dying_command_is_not_started_in_a_hurry(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with running(tmp_path, "--", "sh", "-c", f"echo x begins >> {out}; exit 3") as agent:
        agent.connect().wait(State, state="broken")
        time.sleep(1)
        assert len(told(out)) <= 2
