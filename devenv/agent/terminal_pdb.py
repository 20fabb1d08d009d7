"""Inside the app: pdb on a terminal of its own."""

from __future__ import annotations

import os
import pdb
import sys
from typing import Any, TextIO


class Debugger(pdb.Pdb):
    """pdb on a terminal of its own. Whoever leaves it lets the process go on."""

    def __init__(self, terminal: int, over: Any) -> None:
        self._reader = Lines(os.fdopen(terminal, "r"))
        self._writer = os.fdopen(os.dup(terminal), "w")
        self._over = over
        super().__init__(stdin=self._reader, stdout=self._writer, nosigint=True)  # type: ignore[arg-type,unused-ignore]
        self.prompt = "(pdb) "

    def do_EOF(self, argument: str) -> Any:  # noqa: N802 (pdb's name)
        """The terminal is gone."""
        self.clear_all_breaks()
        return self.do_continue(argument)

    def set_continue(self) -> None:
        """Go on; the terminal is left unless a breakpoint was set in it."""
        super().set_continue()
        if not self.breaks:
            self._leave()

    def set_quit(self) -> None:
        """End the request with an error, as pdb does."""
        super().set_quit()
        self._leave()

    def _leave(self) -> None:
        over, self._over = self._over, lambda: None
        for stream in (self._writer, self._reader):
            try:
                stream.close()
            except OSError:
                pass
        self.stdout = sys.stdout
        over()


class Lines:
    """A terminal to read from; one that was hung up has ended."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.close = stream.close

    def readline(self) -> str:
        """The next line, "" at the end."""
        try:
            return self._stream.readline()
        except (OSError, ValueError):
            return ""
