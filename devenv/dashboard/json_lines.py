"""The view for programs: each event as one JSON object a line."""

from __future__ import annotations

import json
import threading
from typing import TextIO

from devenv.events import Event, event_values


class JsonLinesView:
    """Writes `{"event": "Synced", ...}` lines to `stream`, whole lines from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Write one event."""
        line = json.dumps(event_values(event), ensure_ascii=False)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()

    def close(self) -> None:
        """Nothing is held back."""
