"""`on_change` as devenv.yaml may write it."""

from __future__ import annotations

from pydantic import Field, model_validator

from devenv.config.fields import Command, OneOrMore, Pattern, Switch, Text, wrong
from devenv.config.section import Section


class OnChangeSection(Section):
    """What to do besides, or instead of, what devenv does by itself when a path changes while it watches."""

    paths: OneOrMore[Pattern] = Field(
        description="which paths in the app's folder, in git's patterns", examples=["schema/*.graphql"]
    )
    run: Command | None = Field(
        default=None,
        description="a command to run in a container, in the folder of manage.py",
        examples=["python manage.py graphql_schema"],
    )
    process: Text | None = Field(
        default=None,
        description="the process in whose container `run` runs; default: the one that serves",
        examples=["worker"],
    )
    restart: OneOrMore[Text] = Field(
        default=(), description="processes that start anew from cold", examples=["worker", ["web", "worker"]]
    )
    rebuild: Switch = Field(
        default=False, description="build the image anew, and the containers from it", examples=[True]
    )
    ignore: Switch = Field(
        default=False, description="no reaction of devenv's own; the file is still sent", examples=[True]
    )

    @model_validator(mode="after")
    def _does_something(self) -> OnChangeSection:
        if not self.paths:
            raise wrong("no change is meant: name at least one pattern in `paths`")
        if not (self.run or self.restart or self.rebuild or self.ignore):
            raise wrong("nothing to do: write `run`, `restart`, `rebuild: true` or `ignore: true`")
        if self.process and not self.run:
            raise wrong("`process` says where `run` runs, and there is no `run`")
        return self
