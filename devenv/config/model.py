"""devenv.yaml as it may be written: every key, its forms, its meaning.

The descriptions and examples are the reference that users read (the JSON schema is made from them).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from devenv.config.compose_words import OF_THE_FILE
from devenv.config.container_model import VolumeSection, raw_keys
from devenv.config.document import Path, Scalar, Tree
from devenv.config.fields import (
    AptPackage,
    Day,
    Env,
    EnvName,
    EnvText,
    Module,
    Name,
    OneOrMore,
    OneValue,
    Pattern,
    ProjectName,
    RelativePath,
    ServedObject,
    Switch,
    Text,
    VolumeName,
    expected,
    read_text,
    version_of,
)
from devenv.config.layer_model import ExtendsSection, Partial, VersionRange
from devenv.config.process_model import JobSection, ProcessSection
from devenv.config.rule_model import OnChangeSection
from devenv.config.section import Section
from devenv.config.service_model import ServiceSection

# what to go on with, where a required key is wrong or missing, so that the rest can be checked
STAND_INS: dict[Path, Tree] = {
    ("name",): Scalar("unnamed", "unnamed"),
    ("python",): Scalar("3.13", "3.13"),
    ("jobs", "*", "command"): Scalar("true", "true"),
}
PYTHONS = (*(f"3.{minor}" for minor in range(14, 4, -1)), "2.7")  # the newest first


def _supported(python: str) -> str:
    parts = python.split(".")
    if len(parts) == 3 and parts[2] and ".".join(parts[:2]) in PYTHONS:
        raise expected(f'"{parts[0]}.{parts[1]}"', "devenv takes the newest patch release of it")
    if parts[0] not in {"2", "3"} or len(parts) != 2 or not parts[1].isdecimal():
        meant = re.search(r"(?<![\d.])([23]\.\d+)", python) if python.isascii() else None
        raise expected('a Python version such as "3.13"', f'write "{meant[1]}"' if meant else "")
    if python not in PYTHONS:
        hint = 'if you mean 3.10, write "3.10" in quotes' if python == "3.1" else ""
        raise expected(f"a Python from {PYTHONS[-2]} to {PYTHONS[0]}, or {PYTHONS[-1]}", hint)
    return python


PythonVersion = Annotated[
    str,
    BeforeValidator(version_of('a Python version such as "3.13"')),
    AfterValidator(_supported),
    WithJsonSchema({"enum": [*PYTHONS, *(float(each) for each in PYTHONS if each != "3.10")]}),
]


class DependenciesSection(Section):
    """Where third-party packages come from; `requirements.txt` is short for {file: requirements.txt}."""

    short_for = "file"
    excludes: ClassVar = {"file": ("groups", "extras")}

    file: Annotated[OneOrMore[RelativePath], OneValue()] = Field(
        default=(),
        description="requirements files, or pyproject.toml (with uv.lock beside it); default: what is there",
        examples=["pyproject.toml"],
    )
    groups: OneOrMore[Text] | None = Field(
        default=None,
        description="dependency groups of pyproject.toml; default: dev",
        examples=[["dev", "test"]],
    )
    extras: OneOrMore[Text] = Field(
        default=(),
        description="extras of pyproject.toml (optional-dependencies) that are installed as well",
        examples=[["postgres"]],
    )
    as_of: Day | None = Field(
        default=None,
        description="the day whose newest versions are taken, where requirements files leave them open",
        examples=["2022-03-01"],
    )


class DockerfileSection(Section):
    """Lines for .devenv/Dockerfile, each text at the end of the stage that its key names."""

    base: Text = Field(
        default="",
        description="after the system packages, as root; development and production",
        examples=["RUN curl https://example.com/tool > /usr/local/bin/tool"],
    )
    build: Text = Field(
        default="",
        description="before packages are installed, as root; not in the image",
        examples=["RUN curl https://sh.rustup.rs | sh -s -- -y"],
    )
    dev: Text = Field(
        default="",
        description="last, with packages and source, as the user app; development",
        examples=["RUN playwright install chromium"],
    )
    production: Text = Field(
        default="", description="last, as the user app; production", examples=["ENV LOG_FORMAT=json"]
    )


class AppSection(Section):
    """The Django project. Paths are relative to `path`."""

    excludes: ClassVar = {"wsgi": ("asgi",), "asgi": ("wsgi",)}

    path: RelativePath = Field(
        default=".",
        description="the source folder, relative to devenv.yaml; becomes /app",
        examples=["backend"],
    )
    working_dir: RelativePath = Field(default=".", description="the folder of manage.py", examples=["src"])
    settings: Module | None = Field(
        default=None,
        description="the settings module; becomes DJANGO_SETTINGS_MODULE",
        examples=["bookstore.settings"],
    )
    wsgi: ServedObject | None = Field(
        default=None,
        description="the WSGI callable to serve; default: the wsgi module beside the settings",
        examples=["bookstore.wsgi:application"],
    )
    asgi: ServedObject | None = Field(
        default=None,
        description="the ASGI callable to serve, instead of wsgi",
        examples=["bookstore.asgi:application"],
    )
    dependencies: DependenciesSection | None = Field(
        default=None,
        description="requirements files, `uv` (pyproject.toml and uv.lock) or `none`; default: what is there",
        examples=["requirements.txt", "uv", ["requirements/base.txt", "requirements/dev.txt"]],
    )
    system_packages: OneOrMore[AptPackage] = Field(
        default=(), description="Debian packages that the app needs", examples=[["libmagic1"]]
    )
    env: Env = Field(default_factory=dict, description="environment variables", examples=[{"DEBUG": "true"}])
    env_file: OneOrMore[RelativePath] = Field(
        default=(), description="files of KEY=value lines; `env` wins over them", examples=[".env"]
    )
    volumes: dict[VolumeName, VolumeSection] = Field(
        default_factory=dict,
        description="what is mounted in every process and job, by volume name",
        examples=[{"media": "/app/media"}],
    )
    build_args: dict[EnvName, EnvText] = Field(
        default_factory=dict,
        description="variables of the image's build, in `dockerfile` and in every step; no secrets",
        examples=[{"UV_INDEX_URL": "https://packages.example.com/simple"}],
    )
    refresh: Switch = Field(
        default=True,
        description="whether pages refresh themselves in the browser after a save, in development",
        examples=[False],
    )
    check_migrations: Switch = Field(
        default=True,
        description="whether a save of models is looked at for a migration that is missing, while watching",
        examples=[False],
    )
    dockerfile: DockerfileSection = Field(
        default_factory=DockerfileSection,
        description="lines of your own for the Dockerfile, by its stage",
        examples=[{"dev": "RUN playwright install chromium"}],
    )


class SyncSection(Section):
    """How the source gets into the containers."""

    mode: Annotated[Literal["volume", "bind"], BeforeValidator(read_text)] = Field(
        default="volume",
        description="volume: saved files are sent; bind: the folder is mounted",
        examples=["bind"],
    )
    ignore: OneOrMore[Pattern] = Field(
        default=(), description="what is not sent, in git's patterns, after .gitignore", examples=[["*.log"]]
    )
    pull: OneOrMore[Pattern] = Field(
        default=(),
        description=(
            "what containers make and the host gets back, in git's patterns; "
            "default: migrations, translations, requirements and lock files"
        ),
        examples=[["**/migrations/*.py"]],
    )


class DevenvYaml(Section):
    """The whole file. Top-level keys that begin with `x-` are ignored: a place for anchors."""

    name: ProjectName = Field(description="the project's name", examples=["bookstore"])
    python: PythonVersion = Field(description="the Python version of the app's containers", examples=["3.13"])
    app: AppSection = Field(default_factory=AppSection, description="the Django project")
    services: dict[Name, ServiceSection] = Field(
        default_factory=dict,
        description="containers beside the app, by name",
        examples=[{"db": "postgres:17"}],
    )
    processes: dict[Name, ProcessSection] = Field(
        default_factory=lambda: {"web": ProcessSection()},
        description="commands from the app's image, by name; default: web",
        examples=[{"web": {"port": 8000}, "worker": "celery -A bookstore worker"}],
    )
    jobs: dict[Name, JobSection] = Field(
        default_factory=dict,
        description="commands that must succeed before processes start, by name",
        examples=[{"migrate": "python manage.py migrate --noinput"}],
    )
    sync: SyncSection = Field(default_factory=SyncSection, description="how saved files reach the containers")
    on_change: OneOrMore[OnChangeSection] = Field(
        default=(),
        description="what else to do when files change while devenv watches",
        examples=[{"paths": "schema/*.graphql", "run": "python manage.py graphql_schema"}],
    )
    compose: Annotated[dict[str, Any], raw_keys(OF_THE_FILE)] = Field(
        default_factory=dict,
        description="`networks`, `volumes`, `secrets` and `configs` of the compose file, merged in last",
        examples=[{"networks": {"shared": {"external": True}}}],
    )
    requires: VersionRange | None = Field(
        default=None, description="the versions of devenv that can read this file", examples=[">=0.1,<1"]
    )
    extends: OneOrMore[ExtendsSection] = Field(
        default=(),
        description="files that this one builds on, lowest first",
        examples=["../shared/base.yaml", {"git": "https://example.com/platform.git", "tag": "v3"}],
    )
    profiles: dict[Name, Partial] = Field(
        default_factory=dict,
        description="parts of a devenv.yaml, each merged when its name is switched on",
        examples=[{"mail": {"services": {"mail": "mailpit"}}}],
    )
    use_profiles: OneOrMore[Text] = Field(
        default=(), description="the profiles that are on without being asked for", examples=[["mail"]]
    )

    @model_validator(mode="before")
    @classmethod
    def _without_extensions(cls, value: Any) -> object:
        return (
            {key: value[key] for key in value if not key.startswith("x-")}
            if isinstance(value, dict)
            else value
        )
