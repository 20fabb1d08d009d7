"""An editor's debugger in the web process: stopped, looked into, and there again after a reload."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from tests.e2e import checks, dap
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually
from tests.ports import free_port

FILE, VIEW = "bookstore/health.py", "def health("


def test_a_debugger_stops_in_a_view_and_comes_back_after_a_reload(scenario: Scenario, shop: Shop) -> None:
    project, root = shop.project, shop.bookstore.root
    with scenario.step("`debug --write vscode` adds to the file that is there"):
        launch = root / ".vscode/launch.json"
        launch.parent.mkdir()
        launch.write_text('{\n  // mine\n  "configurations": [\n    {"name": "mine"}\n  ]\n}\n')
        project.devenv("debug", "--write", "vscode")
        assert "// mine" in launch.read_text()
        configurations = json.loads(launch.read_text().replace("// mine", ""))["configurations"]
        assert [each["name"] for each in configurations] == ["devenv: web", "mine"]
        assert project.devenv("debug", "--write", "vscode").stdout.startswith(".vscode/launch.json has")

    port = free_port()
    line = next(n for n, text in enumerate((root / FILE).read_text().splitlines(), 1) if VIEW in text)
    with project.watching(), project.background("debug", "--port", str(port)) as debug:
        debug.says(f"web waits for a debugger at 127.0.0.1:{port}")
        for edition in ("first", "after a reload"):
            with scenario.step(f"a breakpoint is reached, {edition}"), dap.connected(port) as editor:
                editor.attach(str(root), str(root / FILE), first_statement(root / FILE, line))
                asked = threading.Thread(target=lambda: checks.ask(project, "/health/"))
                asked.start()
                stopped = editor.event("stopped")
                assert stopped["reason"] == "breakpoint"
                frames = editor.ask("stackTrace", threadId=stopped["threadId"])["stackFrames"]
                assert (frames[0]["name"], frames[0]["source"]["path"]) == ("health", str(root / FILE))
                editor.ask("continue", threadId=stopped["threadId"])
                asked.join(60)
                assert not asked.is_alive()
                if edition == "first":
                    shop.bookstore.save_serializer("debugged")
                    assert editor.event("terminated") == {"restart": True}
        eventually(lambda: checks.edition(project), lambda seen: seen == "debugged")
    assert "Debugger warning" not in project.devenv("logs", "web").stdout


def first_statement(file: Path, line: int) -> int:
    """The line after the function's head and its docstring."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(n for n in range(line + 1, len(lines)) if lines[n - 1].strip() and '"""' not in lines[n - 1])
