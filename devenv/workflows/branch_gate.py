"""While code is sent: before that of another branch is served, its data is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from devenv.clock import Clock
from devenv.events import Emit, Notice
from devenv.sync.files import FilesWatcher
from devenv.sync.gate import Gate, OpenGate
from devenv.workflows.ahead import tell_if_ahead
from devenv.workflows.behind import catch_up
from devenv.workflows.branches import branched_services, switch_databases
from devenv.workflows.databases import database_services
from devenv.workflows.failures import failures_told
from devenv.workflows.project import Project
from devenv.workspace.at_rest import data_at_rest, data_held, stray_services
from devenv.workspace.git_head import GitFollowed, git_folder

POLL_SECONDS = 0.02
REST_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Branched:
    """A checkout whose databases follow the branch. folder: `.devenv`. services: those with branches.

    switch: gives the services the databases of the present branch; the data is held. catch_up: brings these
    to what its code needs, which has arrived by then.
    """

    root: Path
    folder: Path
    services: tuple[str, ...]
    switch: Callable[[], None]
    catch_up: Callable[[], None] = lambda: None


class BranchGate:
    """Opens when git is done and the data is that of its branch."""

    def __init__(self, git: Path, branched: Branched, clock: Clock, emit: Emit) -> None:
        self._git = git
        self._followed = GitFollowed(git, clock)
        self._branched = branched
        self._clock = clock
        self._emit = emit
        self._seen: tuple[int, ...] = ()
        self._held = ExitStack()
        self._holds = False

    def enter(self, hold: Callable[[], None]) -> bool:
        """Wait for git and, if its branch is another one, for who works on the data; switch that."""
        while self._followed.is_busy():
            self._clock.sleep(POLL_SECONDS)
        now = _state(self._git / "HEAD")
        if now == self._seen:
            return False
        self._seen = now
        if not self._is_astray():
            return False
        if self._hold_data() and not self._is_astray():
            self.leave()  # another devenv did it meanwhile, its code included
            return False
        hold()
        self._hold_data()  # whoever lost the containers meanwhile has left
        with failures_told(self._emit):
            self._branched.switch()
        return True

    def has_moved(self) -> bool:
        """git writes again, or has written since."""
        return self._followed.is_busy() or _state(self._git / "HEAD") != self._seen

    def arrived(self) -> None:
        """The branch's own migrations run before its code is asked for anything."""
        if not self._is_astray():
            with failures_told(self._emit):
                self._branched.catch_up()

    def leave(self) -> None:
        """Whoever waits to work on the data may."""
        self._held.close()
        self._holds = False

    def _is_astray(self) -> bool:
        branched = self._branched
        return bool(stray_services(branched.folder, branched.root, branched.services))

    def _hold_data(self) -> bool:
        """Whether it was not held yet: another switch may come before all of the last one has arrived."""
        if self._holds:
            return False
        said = Notice("another branch: its database is next, after what works on the present one")
        self._held.enter_context(
            data_held(self._branched.folder, self._clock, on_wait=lambda _: self._emit(said))
        )
        self._holds = True
        return True


def gate_of(project: Project, emit: Emit) -> Gate:
    """The gate of a project's sync session."""
    git = git_folder(project.checkout.root)
    services = branched_services(project)
    if git is None or not services:
        return OpenGate()
    branched = Branched(
        root=project.checkout.root,
        folder=project.checkout.folder,
        services=services,
        switch=lambda: switch_databases(project, emit),
        catch_up=lambda: catch_up(project, emit),
    )
    return BranchGate(git, branched, project.machine.clock, emit)


@contextmanager
def head_followed(
    project: Project, emit: Emit, *, wake: Callable[[], None], is_settled: Callable[[], bool]
) -> Iterator[None]:
    """While entered, another branch gets its database also where no file differs; what is ahead is told.

    wake, is_settled: of the sync session, which passes the gate.
    """
    git = git_folder(project.checkout.root)
    if git is None or not database_services(project):
        yield
        return
    touched: SimpleQueue[bool] = SimpleQueue()
    checkout, clock = project.checkout, project.machine.clock
    services = branched_services(project)

    def tell() -> bool:
        with data_at_rest(checkout.folder, checkout.root, services) as rests:
            if rests and is_settled():
                with failures_told(emit):
                    tell_if_ahead(project, emit)
                return True
            return False

    def follow() -> None:
        while touched.get():
            wake()
            clock.sleep(REST_SECONDS)
            while touched.empty() and not tell():
                clock.sleep(REST_SECONDS)

    thread = threading.Thread(target=follow, name="devenv-branches", daemon=True)
    thread.start()
    with FilesWatcher([git / "HEAD"], lambda: touched.put(True)):
        yield
    touched.put(False)


def _state(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ino)
