"""Processes and jobs as devenv.yaml may write them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from devenv.config.container_model import ContainerSection
from devenv.config.fields import Command, Module, OneOrMore, Positive, RelativePath, ServedObject, Text
from devenv.config.section import PortSection


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

    command: Command | None = Field(
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


class JobSection(RunSection):
    """A command that must end with 0 before processes start; a text is short for {command: text}."""

    command: Command = Field(
        description="the command, text or a list", examples=["python manage.py migrate --noinput"]
    )
    before: OneOrMore[Text] | None = Field(
        default=None, description="the processes that wait for it; default: all", examples=[["web", "worker"]]
    )
