"""Processes and jobs as devenv.yaml may write them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from devenv.config.container_model import ContainerSection
from devenv.config.fields import (
    Module,
    OneOrMore,
    Pattern,
    Positive,
    RelativePath,
    RunCommand,
    ServedObject,
    Switch,
    Text,
    read_text,
    wrong,
)
from devenv.config.section import PortSection, Section


class RunSection(ContainerSection):
    """A command from the app's image, of the project that `app` describes or of another beside it."""

    short_for = "command"

    working_dir: RelativePath | None = Field(
        default=None,
        description="the folder of manage.py below app.path; default: app.working_dir",
        examples=["backoffice"],
    )
    settings: Module | None = Field(
        default=None,
        description="the settings module; default: app.settings",
        examples=["backoffice.settings"],
    )


class ProcessSection(RunSection):
    """A command from the app's image, reloaded when its code changes; a text is short for {command: text}."""

    excludes: ClassVar = {"wsgi": ("asgi",), "asgi": ("wsgi",)}

    command: RunCommand | None = Field(
        default=None,
        description="the command, text or a list; default for web: serve the app's WSGI or ASGI callable",
        examples=["celery -A bookstore worker"],
    )
    port: PortSection | None = Field(
        default=None,
        description="the port it listens on; default for web: 8000",
        examples=[8000, "8080:8000"],
    )
    wsgi: ServedObject | None = Field(
        default=None,
        description="the WSGI callable to serve; default: app.wsgi, or the one beside `settings`",
        examples=["backoffice.wsgi:application"],
    )
    asgi: ServedObject | None = Field(
        default=None,
        description="the ASGI callable to serve, instead of wsgi",
        examples=["backoffice.asgi:application"],
    )
    replicas: Positive = Field(
        default=1, description="how many of it run; only one where it has a port", examples=[3]
    )
    overlap: Switch | None = Field(
        default=None,
        description="whether its next generation starts before the last one has ended; "
        "default: yes, for celery beat no",
        examples=[False],
    )


class WhenSection(Section):
    """When a job runs; `manual` is short for {at: manual}."""

    short_for = "at"
    is_one_value = True

    at: Annotated[Literal["up", "manual"], BeforeValidator(read_text)] = Field(
        default="up",
        description="up: before its processes start; manual: only by `devenv job`",
        examples=["manual"],
    )
    change: OneOrMore[Pattern] = Field(
        default=(),
        description="again when one of these changed, in git's patterns; while watching at once",
        examples=["**/migrations/*.py"],
    )
    ask: Switch = Field(
        default=False,
        description="while watching, say that it is due and wait for `devenv job`",
        examples=[True],
    )

    @model_validator(mode="after")
    def _agrees(self) -> WhenSection:
        if self.at == "manual" and self.change:
            raise wrong("`change` runs it by itself, and `manual` does not: keep one")
        if self.ask and not self.change:
            raise wrong("`ask` is about changes: name some in `change`")
        return self


class JobSection(RunSection):
    """A command that must end with 0 before processes start; a text is short for {command: text}."""

    command: RunCommand = Field(
        description="the command, text or a list", examples=["python manage.py migrate --noinput"]
    )
    before: OneOrMore[Text] | None = Field(
        default=None, description="the processes that wait for it; default: all", examples=[["web", "worker"]]
    )
    when: WhenSection | None = Field(
        default=None,
        description="when it runs; default: up, and what runs migrate also on a change of **/migrations/*.py",
        examples=["manual", {"change": "assets/**"}],
    )
