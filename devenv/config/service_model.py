"""A service as devenv.yaml may write it, and a service definition of templates/services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import AfterValidator, Field

from devenv.config.compose_words import OF_SERVICES, PASSED_ON
from devenv.config.container_model import ContainerSection, raw_keys
from devenv.config.document import Scalar
from devenv.config.fields import (
    Command,
    Env,
    EnvName,
    EnvText,
    Image,
    MountPath,
    Name,
    OneOrMore,
    PortNumber,
    Positive,
    Prefix,
    Publish,
    Rank,
    RelativePath,
    Switch,
    Text,
    Version,
    expected,
    matching,
)
from devenv.config.section import PortSection, Section

SocketPath: TypeAlias = Annotated[
    Text, AfterValidator(matching(r"(/[\w.-]+){2,}", "an absolute path such as /run/mysqld/mysqld.sock"))
]


class ServiceSection(ContainerSection):
    """A container beside the app; `postgres:17` is short for {image: postgres:17}."""

    short_for = "image"
    excludes: ClassVar = {
        "type": ("image", "version"),
        "image": ("type", "version"),
        "port": ("publish",),
        "publish": ("port",),
    }

    type: Text | None = Field(
        default=None, description="a service definition of templates/services", examples=["postgres"]
    )
    version: Version | None = Field(default=None, description="the definition's version", examples=["17"])
    image: Image | None = Field(
        default=None,
        description="an image, also one without a definition",
        examples=["redis:8", "ghcr.io/acme/search:1"],
    )
    settings: dict[str, EnvText] = Field(
        default_factory=dict, description="the definition's settings", examples=[{"database": "shop"}]
    )
    path: RelativePath | None = Field(
        default=None,
        description="a folder of the project, relative to devenv.yaml, mounted where the definition wants it",
        examples=["frontend"],
    )
    command: Command | None = Field(
        default=None, description="instead of the image's command", examples=["redis-server --maxmemory 64mb"]
    )
    port: PortSection | None = Field(
        default=None,
        description="the port it listens on, published on 127.0.0.1; default: the definition's",
        examples=[3000, "8080:80"],
    )
    ports: OneOrMore[PortSection] = Field(
        default=(), description="other ports published on 127.0.0.1", examples=[[9200]]
    )
    publish: Publish | None = Field(
        default=None,
        description="publish the definition's port on 127.0.0.1, or on this number; default: as defined",
        examples=[True, 5433],
    )
    localhost: Publish = Field(
        default=False,
        description="the app finds it on its own localhost as well, at the definition's port or at this one",
        examples=[True, 5433],
    )
    health_check: Command | None = Field(
        default=None,
        description="a command in the container that ends with 0 when the service answers",
        examples=["curl --fail localhost:9200"],
    )
    gives: dict[EnvName, Text] = Field(
        default_factory=dict,
        description="variables for the app's containers; {host}, {port} and settings are filled in",
        examples=[{"SEARCH_URL": "http://{host}:9200"}],
    )
    without: OneOrMore[Text] = Field(
        default=(),
        description="variables that the definition gives and this one does not",
        examples=["DATABASE_URL"],
    )
    prefix: OneOrMore[Prefix] = Field(
        default=(),
        description="gives what the definition names, with this before it: DB makes DB_HOST, DB_NAME …",
        examples=["DB", ["SQL", "REPORTS_DB"]],
    )
    after: OneOrMore[Text] = Field(
        default=(),
        description="services and processes that it starts after; the app waits for none that comes after it",
        examples=["web"],
    )
    branches: Switch = Field(
        default=False,
        description="each git branch has a database of its own, made from that of the branch it came from",
        examples=[True],
    )
    compose: Annotated[dict[str, Any], raw_keys(PASSED_ON | OF_SERVICES)] = Field(
        default_factory=dict,
        description="keys of the compose file, as compose has them, merged in last",
        examples=[{"shm_size": "256m"}],
    )

    @classmethod
    def apart(cls, key: str, value: Scalar) -> Mapping[str, Scalar]:
        """An image's tag is its version."""
        repository, tag = split_image(value.text)
        if key != "image" or not tag:
            return {key: value}
        return {"image": Scalar(repository, repository), "version": Scalar(tag, tag)}


class DefinedFolder(Section):
    """Where `path` of devenv.yaml, a folder of the project, is in the container."""

    path: MountPath = Field(description="the mount path", examples=["/srv/app"])
    required: Switch = Field(default=False, description="whether there is no use without it", examples=[True])
    read_only: Switch = Field(default=False, description="whether it is only read", examples=[True])
    follows: OneOrMore[RelativePath] = Field(
        default=(),
        description="files in it: the container is made anew when one of them changes",
        examples=[["package-lock.json"]],
    )
    volumes: OneOrMore[RelativePath] = Field(
        default=(), description="folders in it that are the container's own", examples=[["node_modules"]]
    )


def split_image(image: str) -> tuple[str, str]:
    """Repository and tag, "" where there is none or a digest. A `:` before a `/` is a registry's port."""
    folder, slash, last = image.rpartition("/")
    name, _, tag = last.partition(":")
    return (image, "") if "@" in image or not tag else (f"{folder}{slash}{name}", tag)


class DefinedVolume(Section):
    """Where a service keeps its data."""

    path: Text = Field(description="the mount path", examples=["/var/lib/postgresql/data"])
    path_since: dict[Text, Text] = Field(
        default_factory=dict,
        description="other mount paths, by the major version that began with them",
        examples=[{"18": "/var/lib/postgresql"}],
    )
    per_major_version: Switch = Field(
        default=False, description="whether another major version cannot read the data", examples=[True]
    )


def _in_composes_form(test: tuple[str, ...]) -> tuple[str, ...]:
    if len(test) < 2 or test[0] not in {"CMD", "CMD-SHELL"}:
        raise expected('["CMD", …] or ["CMD-SHELL", "…"]')
    return test


class DefinedHealthCheck(Section):
    """How the engine asks whether the service answers, in full; a list is short for {test: list}."""

    short_for = "test"

    test: Annotated[OneOrMore[Text], AfterValidator(_in_composes_form)] = Field(
        description='["CMD", …] or ["CMD-SHELL", "…"]', examples=[["CMD", "redis-cli", "ping"]]
    )
    interval_seconds: Positive = Field(default=10, description="time between two checks", examples=[5])
    timeout_seconds: Positive = Field(
        default=5, description="a check that takes longer has failed", examples=[15]
    )
    retries: Positive = Field(default=6, description="failures in a row that mean unhealthy", examples=[10])
    start_period_seconds: Positive = Field(default=60, description="time to start in", examples=[120])


class DefinedDatabase(Section):
    """How `devenv db` handles databases: scripts for sh in the container; templates/services/README.md."""

    name: Text = Field(description="the database that the app uses", examples=["{database}"])
    list: Text = Field(description="prints name, size and age of each database", examples=["psql -c …"])
    create: Text = Field(description="makes $NAME, empty", examples=["createdb $NAME"])
    drop: Text = Field(description="removes $NAME, or nothing", examples=["dropdb --if-exists $NAME"])
    copy_: Text = Field(alias="copy", description="makes $TO as $FROM is", examples=["createdb -T $FROM $TO"])
    swap: Text = Field(description="renames $NAME to $ASIDE and $NEXT to $NAME", examples=["psql -c …"])
    applied: Text = Field(
        default="", description="prints Django's applied migrations in $NAME", examples=["psql -c …"]
    )
    fetch: Text = Field(
        default="",
        description="fills the empty $TO from $FROM of the server at $HOST",
        examples=["pg_dump …"],
    )
    rows: Text = Field(
        default="",
        description="prints each table of $NAME (at $HOST) and its number of rows",
        examples=["psql …"],
    )


class ServiceDefinition(Section):
    """One file of templates/services: what an image needs, gives, and how it is asked for its health.

    `{name}` in env, command, health_check, gives and shell is a setting, `host`, `port` or `version`;
    `{name:url}` is the same, percent-encoded.
    """

    description: Text = Field(description="the product's name", examples=["PostgreSQL"])
    image: Image = Field(description="the image without a tag", examples=["postgres"])
    versions: OneOrMore[Version] = Field(
        description="tags that there are; any other may be asked for", examples=[["17", "16"]]
    )
    default_version: Version = Field(description="the tag where devenv.yaml names none", examples=["17"])
    port: PortNumber = Field(description="the port it listens on", examples=[5432])
    ports: OneOrMore[PortSection] = Field(
        default=(), description="other ports, published on 127.0.0.1: pages for a browser", examples=[[8025]]
    )
    socket: SocketPath | None = Field(
        default=None,
        description="the socket that clients use for a service of their own machine",
        examples=["/run/mysqld/mysqld.sock"],
    )
    settings: dict[Name, Text] = Field(
        default_factory=dict,
        description="what devenv.yaml may set, with defaults",
        examples=[{"database": "app"}],
    )
    env: Env = Field(default_factory=dict, description="variables of its container")
    entrypoint: OneOrMore[Text] = Field(
        default=(),
        description="instead of the image's; the command follows it",
        examples=[["sh", "-c", "exec"]],
    )
    command: Command | None = Field(default=None, description="instead of the image's command")
    folder: DefinedFolder | None = Field(
        default=None, description="where a folder of the project, `path`, is in the container"
    )
    volume: DefinedVolume | None = Field(default=None, description="where it keeps its data")
    health_check: DefinedHealthCheck = Field(description="must prove that what the app will use answers")
    gives: dict[EnvName, Text] = Field(default_factory=dict, description="variables for the app's containers")
    names: dict[EnvName, Text] = Field(
        default_factory=dict,
        description="what `prefix: DB` gives as DB_HOST, DB_PORT …",
        examples=[{"HOST": "{host}"}],
    )
    rank: Rank = Field(
        default=0, description="of several services that give one variable the highest wins", examples=[10]
    )
    shell: OneOrMore[Text] = Field(
        default=(), description="the command of `devenv shell <service>`", examples=[["psql"]]
    )
    database: DefinedDatabase | None = Field(
        default=None, description="how `devenv db` handles its databases"
    )
    publish: Publish = Field(
        default=False, description="what `publish` is where devenv.yaml does not say", examples=[8080]
    )
    awaited: Switch = Field(
        default=True, description="whether the app waits until it is healthy", examples=[False]
    )
    downloads: Switch = Field(
        default=False,
        description="whether it needs the proxies and certificates of the host",
        examples=[True],
    )
