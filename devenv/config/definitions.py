"""The service definitions of templates/services, each read when it is first asked for."""

from __future__ import annotations

from pathlib import Path

from devenv.config.loader import read_document
from devenv.config.reading import Reading
from devenv.config.service_model import ServiceDefinition
from devenv.config.validation import validate


class Definitions:
    """What a folder defines; trouble with a definition is a problem of the load."""

    def __init__(self, reading: Reading) -> None:
        self._folder = reading.templates / "services"
        self._reading = reading
        self._loaded: dict[str, ServiceDefinition | None] = {}
        self.names = tuple(sorted(file.stem for file in self._folder.glob("*.yaml")))

    def load(self, name: str) -> ServiceDefinition | None:
        """The definition, None where its file is wrong."""
        if name not in self._loaded:
            self._loaded[name] = self._load(self._folder / f"{name}.yaml")
        return self._loaded[name]

    def _load(self, file: Path) -> ServiceDefinition | None:
        shown = self._reading.shown(file)
        data = self._reading.read(file, lambda why: self._reading.complain(("services",), f"{shown}: {why}"))
        if data is None:
            return None
        document = read_document(data, shown)
        self._reading.sources[shown] = document.text
        validated = validate(ServiceDefinition, document)
        marked = [document.problem(path, f"{mark} is of layers") for path, mark in document.marks.items()]
        problems = (*document.problems, *marked, *validated.problems)
        self._reading.problems.extend(problems)
        return None if problems else validated.value
