"""A few files anywhere, watched through their folders: devenv.yaml, its layers and what they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

READS = frozenset({"opened", "closed_no_write"})


class FilesWatcher:
    """While entered, calls `touched` (from its own thread) when one of its files may have changed."""

    def __init__(self, files: Iterable[Path], touched: Callable[[], None]) -> None:
        self._handler = _Handler(touched)
        self._folders: set[str] = set()
        self._observer = Observer()
        self.watch(files)

    def watch(self, files: Iterable[Path]) -> None:
        """These files, too; a folder that is not there is not watched."""
        paths = {str(file) for file in files} - self._handler.paths
        self._handler.paths |= paths
        for folder in sorted({str(Path(path).parent) for path in paths} - self._folders):
            if Path(folder).is_dir():
                self._observer.schedule(self._handler, folder, recursive=False)
                self._folders.add(folder)

    def __enter__(self) -> FilesWatcher:
        self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join(timeout=1)


class _Handler(FileSystemEventHandler):
    def __init__(self, touched: Callable[[], None]) -> None:
        self.paths: set[str] = set()
        self._touched = touched

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Editors save in place or by a rename over the file: either end counts."""
        if event.event_type in READS:
            return
        if {str(event.src_path), str(event.dest_path)} & self.paths:
            self._touched()
