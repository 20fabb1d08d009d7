"""While watching: jobs whose files changed run, and models that changed are looked at for their migration."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from devenv.errors import DevenvError
from devenv.events import Emit, Event, Failed, Notice, Pulled, Synced
from devenv.reload.migrations import check_command, is_of_models, missing_migrations
from devenv.sync.patterns import parse_gitignore
from devenv.workflows.behind import run_due
from devenv.workflows.branches import branched_services
from devenv.workflows.jobs import job_inputs
from devenv.workflows.project import Project
from devenv.workflows.up import locked
from devenv.workspace.at_rest import data_at_rest

QUIET_SECONDS = 0.3  # makemigrations and git write several files
MODELS_QUIET_SECONDS = 1.5  # whoever edits models saves more than once
CHECK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class JobsTouched:
    """What jobs work on may have changed."""


@dataclass(frozen=True, slots=True)
class ModelsTouched:
    """Models may have changed."""


class DueJobs:
    """The jobs of one environment that is watched. `put`: into the inbox of who watches."""

    def __init__(self, project: Project, put: Callable[[object], None], emit: Emit) -> None:
        self._put = put
        self._emit = emit
        environment = project.checkout.environment
        patterns = [pattern for job in environment.jobs for pattern in job.when.change]
        self._concerns_jobs = parse_gitignore(os.fsencode("\n".join(patterns))).select
        self._checks = environment.app.check_migrations and bool(environment.processes)
        self._told = ""
        self._is_looking = threading.Lock()
        self.is_settled: Callable[[], bool] = lambda: True
        """Whether the containers have what was saved, as far as the sync session knows."""

    def hear(self, event: Event) -> None:
        """What the session tells: files are in the containers, or came back from them."""
        if not isinstance(event, Synced | Pulled):
            return
        if any(map(self._concerns_jobs, event.paths)):
            self._put(JobsTouched())
        if self._checks and isinstance(event, Synced) and any(map(is_of_models, event.paths)):
            self._put(ModelsTouched())

    def run(self, project: Project) -> None:
        """Run what is due; nothing where all ran on these very files."""
        try:
            with locked(project.checkout, project.machine, self._emit):
                self._run(project)
        except DevenvError as error:
            self._emit(Failed.by(error))

    def _run(self, project: Project) -> None:
        checkout = project.checkout
        inputs = job_inputs(checkout)
        with data_at_rest(checkout.folder, checkout.root, branched_services(project)) as rests:
            if rests and self.is_settled():
                for name in run_due(project, inputs, self._emit):
                    self._emit(
                        Notice(f"{name} is due: what it works on changed", f"`devenv job {name}` runs it")
                    )
            elif inputs:
                self._put(JobsTouched())  # not now: code and data may be of different branches

    def look_at_models(self, project: Project) -> None:
        """Say in one line where models have no migration yet; nobody waits for it."""
        if self._is_looking.acquire(blocking=False):
            threading.Thread(
                target=self._look, args=(project,), name="devenv-migrations", daemon=True
            ).start()
        else:
            self._put(ModelsTouched())

    def _look(self, project: Project) -> None:
        try:
            container = project.observe().running(project.checkout.web_process())
            if container is None:
                return
            check = check_command(project.checkout.environment.app.manage)
            result = project.machine.engine.exec(container.container_id, check, timeout_seconds=CHECK_SECONDS)
            said = missing_migrations(result.exit_code, result.output.decode("utf-8", "replace"))
            if said and said != self._told:
                self._emit(Notice(said, "`devenv manage makemigrations` writes it"))
            self._told = said
        except DevenvError:
            return  # the container or the engine went away; the events say so
        finally:
            self._is_looking.release()
