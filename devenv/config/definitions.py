"""Service definitions: the project's own, then those of templates/services; read when asked for."""

from __future__ import annotations

from pathlib import Path

from devenv.config.loader import Unparsable, read_document
from devenv.config.reading import Reading
from devenv.config.service_model import ServiceDefinition
from devenv.config.validation import validate

OWN_FOLDER = "devenv.d/services"


class Definitions:
    """What the two folders define; trouble with a definition is a problem of the load."""

    def __init__(self, reading: Reading) -> None:
        self._own = reading.root / OWN_FOLDER
        self._shipped = reading.templates / "services"
        self._reading = reading
        self._loaded: dict[str, ServiceDefinition | None] = {}
        files = [*self._own.glob("*.yaml"), *self._shipped.glob("*.yaml")]
        self.names = tuple(sorted({file.stem for file in files}))
        if self._own.is_dir():
            reading.files.append(self._own)  # a new file in it may be another definition

    def load(self, name: str) -> ServiceDefinition | None:
        """The definition, None where its file is wrong."""
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def shown(self, name: str) -> str:
        """The definition's file, for messages."""
        return self._reading.shown(self._file(name))

    def _file(self, name: str) -> Path:
        own = self._own / f"{name}.yaml"
        return own if own.is_file() else self._shipped / f"{name}.yaml"

    def _load(self, name: str) -> ServiceDefinition | None:
        file = self._file(name)
        if file.parent != self._own:
            self._reading.files.append(self._own / file.name)  # it would win
        shown = self._reading.shown(file)
        data = self._reading.read(file, lambda why: self._reading.complain(("services",), f"{shown}: {why}"))
        if data is None:
            return None
        try:
            document = read_document(data, shown)
        except Unparsable as error:
            self._reading.sources[shown] = error.text
            self._reading.problems.extend(error.problems)
            return None
        self._reading.sources[shown] = document.text
        validated = validate(ServiceDefinition, document)
        marked = [document.problem(path, f"{mark} is of layers") for path, mark in document.marks.items()]
        problems = (*document.problems, *marked, *validated.problems)
        self._reading.problems.extend(problems)
        return None if problems else validated.value
