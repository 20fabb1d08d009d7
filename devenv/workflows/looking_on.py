"""One devenv watches a checkout; any other shows what the first tells, and takes over when that ends."""

from __future__ import annotations

import json
from collections.abc import Callable

from devenv.errors import NotRunning, WorkspaceError
from devenv.events import Emit, Event, Notice, event_of, event_values
from devenv.workflows.consent import Answers
from devenv.workflows.following import Logs
from devenv.workflows.project import Project
from devenv.workflows.watch import Watched, watch_project
from devenv.workspace.lock import attempt_lock
from devenv.workspace.viewers import Broadcast, lines_of

LOCK_NAME = "watch"
RETRY_SECONDS = 0.1
PATIENCE_SECONDS = 10.0


def watch_or_look_on(
    project: Project,
    emit: Emit,
    *,
    logs: Logs = "served",
    consent: bool = False,
    read_line: Callable[[], str] | None = None,
) -> None:
    """Watch until Ctrl-C, or until the environment is taken down; look on as long as somebody else watches.

    read_line: of a terminal where somebody can be asked.
    Raises NotRunning, SyncHalted; WorkspaceError where somebody watches and does not tell.
    """
    heir = was_heir = False
    answers = Answers(read_line)
    while True:
        with attempt_lock(project.checkout.folder, LOCK_NAME) as holds:
            if holds is not None:
                if heir:
                    emit(Notice("the devenv that watched here is gone: this one goes on watching"))
                    heir, was_heir = False, True
                try:
                    watched = Watched(holds=holds, logs=logs, consent=consent, answers=answers)
                    ended = _tell_and_watch(project, emit, watched)
                except NotRunning:
                    if not was_heir:
                        raise
                    return  # it ended since the environment was taken down
                if ended is None:
                    return
                project = ended
                continue
        if not _look_on(project, emit):
            return
        heir = True


def _tell_and_watch(project: Project, emit: Emit, watched: Watched) -> Project | None:
    """None at the end; the project as it is where somebody deleted the lock, so that it is taken anew."""
    broadcast = Broadcast(project.checkout.folder)

    def tell(event: Event) -> None:
        emit(event)
        broadcast.send(json.dumps(event_values(event)))

    try:
        return watch_project(project, tell, watched)
    finally:
        broadcast.close()


def _look_on(project: Project, emit: Emit) -> bool:
    """Show what is told until nobody tells any more; False after Ctrl-C."""
    clock, folder = project.machine.clock, project.checkout.folder
    deadline = clock.monotonic() + PATIENCE_SECONDS

    def connected(pid: int) -> None:
        text = f"process {pid} watches here already: this shows what it tells"
        emit(Notice(text, "Ctrl-C ends the showing, not the watching"))

    try:
        while True:
            try:
                for line in lines_of(folder, connected):
                    if event := event_of(json.loads(line)):
                        emit(event)
            except OSError:  # it has just begun, or has just ended
                with attempt_lock(folder, LOCK_NAME) as holds:
                    if holds is not None:
                        return True
                if clock.monotonic() > deadline:
                    raise _silent(project) from None
                clock.sleep(RETRY_SECONDS)
            else:
                clock.sleep(RETRY_SECONDS)  # the end of one that was killed closes its files one by one
                return True
    except KeyboardInterrupt:
        emit(Notice("stopped showing; the other devenv goes on watching"))
        return False


def _silent(project: Project) -> WorkspaceError:
    return WorkspaceError(
        f"another devenv watches {project.checkout.root} and does not tell what it sees",
        hint="end it, and watch here",
    )
