"""A scenario: steps that are sentences, projects that go when it ends, artifacts where a step fails."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.bookstore import Bookstore, copy_bookstore, replaced
from tests.e2e.project import Project, Transcript
from tests.e2e.restless import ROOT

ENVIRONMENT = (ROOT / "devenv.yaml").read_text(encoding="utf-8")


@dataclass
class Scenario:
    """What one test does. `folder`: where its projects are made."""

    folder: Path
    transcript: Transcript = field(default_factory=Transcript)
    projects: list[Project] = field(default_factory=list)
    borrowed: list[Project] = field(default_factory=list)
    _looks: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, sentence: str) -> Iterator[None]:
        """One step: what is done and what must be seen then."""
        self.transcript.add(f"STEP {sentence}")
        try:
            yield
        except BaseException:
            self.transcript.add(f"FAILED at: {sentence}")
            self._looks = [each.artifacts() for each in (*self.projects, *self.borrowed)]
            raise

    def borrow(self, project: Project) -> None:
        """Go on with one that others have used: what happens from now on is told here."""
        self.borrowed.append(project)
        project.transcript.lines.clear()
        project.transcript.began = self.transcript.began
        self.transcript.lines = project.transcript.lines

    def bookstore(self, label: str, *, python: str = "3.13") -> tuple[Project, Bookstore]:
        """A copy of the example with a devenv.yaml of its own, and nothing brought up yet."""
        bookstore = copy_bookstore(self.folder / label / "shop")
        project = self.project(label, bookstore.root)
        text = environment_of(project.name, python=python)
        (bookstore.root / "devenv.yaml").write_text(text, encoding="utf-8")
        return project, bookstore

    def project(self, label: str, root: Path) -> Project:
        """A project in `root`, which goes when the scenario ends."""
        project = Project(name=f"dvt-e2e-{label}-{os.getpid()}", root=root, transcript=self.transcript)
        self.projects.append(project)
        return project

    def close(self) -> None:
        for project in self.projects:
            project.remove()

    def artifacts(self) -> str:
        """What a reader of a failure needs: all that happened, and the containers as they were just then."""
        return "\n\n".join(["\n".join(self.transcript.lines), *self._looks])


def environment_of(name: str, *, python: str = "3.13") -> str:
    """The root devenv.yaml, for a copy of the example that stands alone."""
    text = replaced(ENVIRONMENT, "\nname: bookstore\n", f"\nname: {name}\n")
    text = replaced(text, "\n  path: examples/bookstore\n", "\n  path: .\n")
    return re.sub(r'(?m)^python: ".*"$', f'python: "{python}"', text)
