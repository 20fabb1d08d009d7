"""The view for programs: each event as one JSON object a line."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from typing import TextIO

from devenv.events import Event


class JsonLinesView:
    """Writes `{"event": "Synced", ...}` lines to `stream`, whole lines from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Write one event."""
        line = json.dumps({"event": type(event).__name__, **asdict(event)}, ensure_ascii=False)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()

    def close(self) -> None:
        """Nothing is held back."""
