"""A real browser without a window, driven by its own debugging protocol. Debian: apt install chromium."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.e2e.waiting import eventually

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-dev-shm-usage", "--remote-debugging-port=0",
    "--remote-allow-origins=*", "--window-size=1100,800",
)  # fmt: skip


def find_browser() -> str | None:
    """The browser's path, None on machines without one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Tab:
    """One page of the browser."""

    connection: ClientConnection
    _number: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its result."""
        self._number += 1
        self.connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.connection.recv(timeout=30))
            if message.get("id") == self._number:
                assert "error" not in message, message
                return dict(message["result"])
            self.events.append(message)

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded."""
        self.call("Page.navigate", url=url)
        place = "document.readyState + location.href"
        eventually(lambda: self.value(place), lambda seen: seen == f"complete{url}")

    def value(self, expression: str) -> Any:
        """What an expression is in the page; None while it loads."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"]
        return result.get("value")

    def screenshot(self, file: Path) -> None:
        """What it shows."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextlib.contextmanager
def browsing(browser: str, profile: Path) -> Iterator[Tab]:
    """A browser with one tab, until the end of the block."""
    command = [browser, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = profile / "DevToolsActivePort"
        eventually(told.exists)
        port = eventually(lambda: told.read_text().split("\n")[0])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            targets = json.load(answer)
        address = next(each["webSocketDebuggerUrl"] for each in targets if each["type"] == "page")
        with connect(address, max_size=None, compression=None) as connection:
            tab = Tab(connection)
            tab.call("Page.enable")
            yield tab
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
