"""A few files anywhere, watched through their folders: devenv.yaml and what it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

READS = frozenset({"opened", "closed_no_write"})


class FilesWatcher:
    """While entered, calls `touched` (from its own thread) when one of `files` may have changed."""

    def __init__(self, files: Iterable[Path], touched: Callable[[], None]) -> None:
        self._files = frozenset(str(file) for file in files)
        self._touched = touched
        self._observer = Observer()

    def __enter__(self) -> FilesWatcher:
        handler = _Handler(self._files, self._touched)
        for folder in sorted({str(Path(file).parent) for file in self._files}):
            if Path(folder).is_dir():
                self._observer.schedule(handler, folder, recursive=False)
        self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join(timeout=1)


class _Handler(FileSystemEventHandler):
    def __init__(self, files: frozenset[str], touched: Callable[[], None]) -> None:
        self._files = files
        self._touched = touched

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Editors save in place or by a rename over the file: either end counts."""
        if event.event_type in READS:
            return
        if {str(event.src_path), str(event.dest_path)} & self._files:
            self._touched()
