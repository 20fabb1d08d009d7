"""Commands on Pythons that cannot run the agent: it runs on a Python of its own, and starts them cold."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from devenv.agent.protocol import State
from tests.contract.agents import PORT, Answer, Client, old_interpreters, running, write
from tests.contract.test_agent_commands import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")
PYTHONS = old_interpreters()
REASON = "too old"

# What Django's development server is made of, on any Python, without Django.
SITE = {
    "manage.py": """
        import sys, time
        from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
        try:
            from SocketServer import ThreadingMixIn
        except ImportError:
            from socketserver import ThreadingMixIn
        import words

        class Server(ThreadingMixIn, WSGIServer):
            daemon_threads = True
            request_queue_size = 10

        class Handler(WSGIRequestHandler):
            def log_message(self, *arguments):
                pass

        def application(environ, start_response):
            if environ["PATH_INFO"] == "/slow":
                open(environ["QUERY_STRING"], "w").close()
                time.sleep(1)
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [words.WORD.encode("ascii")]

        if __name__ == "__main__":
            assert sys.argv[0] == "manage.py" and sys.argv[1] == "runserver", sys.argv
            assert sys.argv[-1] == "--noreload", sys.argv
            make_server("0.0.0.0", int(sys.argv[2]), application, Server, Handler).serve_forever()
    """,
    "words.py": "WORD = 'one'\n",
}


@pytest.fixture(params=PYTHONS)
def python(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def serving(python: str) -> list[str]:
    return ["--python", python, "--cold", REASON, "--", "python", "manage.py", "runserver", PORT]


def test_an_old_python_was_found() -> None:
    if not PYTHONS:
        pytest.skip("no Python before 3.8 on PATH or in DEVENV_TEST_OLD_PYTHONS")


def test_a_development_server_is_restarted_and_no_request_is_refused(tmp_path: Path, python: str) -> None:
    write(tmp_path / "app", SITE)
    with running(tmp_path, *serving(python)) as agent:
        host = agent.ready()
        client = Client(agent.port)
        with client.asking(threads=4):
            for word in ("two", "three", "four"):
                reloaded = host.save("words.py", f"WORD = '{word}'\n")
                assert (reloaded.action, reloaded.rung) == ("reload", "cold")
                assert agent.get().text == word
        assert client.failures == []
        assert {answer.text for _, answer in client.answers} <= {"one", "two", "three", "four"}
        assert agent.log.read_text().count("devenv: web: reloads are cold: too old\n") == 1


def test_a_request_under_way_is_answered_by_the_old_process(tmp_path: Path, python: str) -> None:
    write(tmp_path / "app", SITE)
    answers: list[Answer] = []
    begun = tmp_path / "begun"
    with running(tmp_path, *serving(python)) as agent:
        host = agent.ready()
        asking = threading.Thread(target=lambda: answers.append(agent.get(f"/slow?{begun}")))
        asking.start()
        wait_until(begun.exists)
        host.save("words.py", "WORD = 'two'\n")
        assert agent.get().text == "two"
        asking.join()
    assert [answer.text for answer in answers] == ["one"]


def test_code_that_does_not_start_is_shown_and_heals(tmp_path: Path, python: str) -> None:
    write(tmp_path / "app", SITE)
    with running(tmp_path, *serving(python)) as agent:
        host = agent.ready()
        failed = host.save("words.py", "WORD = 1 / 0\n")
        assert failed.action == "failed"
        last = failed.traceback.splitlines()[-1]
        assert last.startswith("ZeroDivisionError: ")
        assert "old.py" not in failed.traceback
        answer = agent.get(accept="text/html")
        assert (answer.status, last in answer.text) == (500, True)
        assert host.save("words.py", "WORD = 'well'\n").action == "reload"
        assert agent.get().text == "well"


def test_what_a_tool_said_before_it_gave_up_is_told(tmp_path: Path, python: str) -> None:
    complaint = "import sys\nsys.stderr.write('Error: no such database\\n')\nsys.exit(1)\n"
    write(tmp_path / "app", {**SITE, "manage.py": complaint})
    with running(tmp_path, *serving(python)) as agent:
        state = agent.connect().wait(State, state="broken")
        assert state.detail == "Error: no such database"
        assert agent.get().status == 500


def test_any_command_is_restarted(tmp_path: Path, python: str) -> None:
    bot = (
        "import sys, time, words\nsys.stdout.write(words.WORD + '\\n')\nsys.stdout.flush()\ntime.sleep(999)\n"
    )
    write(tmp_path / "app", {"bot.py": bot, "words.py": "WORD = 'one'\n"})
    with running(tmp_path, "--python", python, "--cold", REASON, "--", "python", "bot.py") as agent:
        host = agent.ready()
        wait_until(lambda: "one\n" in agent.log.read_text())
        assert host.save("words.py", "WORD = 'two'\n").action == "reload"
        wait_until(lambda: "two\n" in agent.log.read_text())
