"""Which containers stand beside the app: their names, images, and the variables that they must give."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from devenv.detect.compose_file import ComposeService
from devenv.detect.database import LOCAL, Database
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.proposal import Noted, ProposedService
from devenv.detect.servers import Use, kind_of_url
from devenv.detect.service_kinds import USUAL_NAMES, Kinds
from devenv.detect.tree import Tree
from devenv.detect.values import UNKNOWN, Namespace, Value, leaves, plain

MANY = 3  # variables that are worth a word of their own
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
DATABASE_URL = "DATABASE_URL"
_HEROKU = re.compile(r"django_(?:on_)?heroku\.settings\(")
_EMPTY_PASSWORD = {"mysql": "MYSQL_ALLOW_EMPTY_PASSWORD", "mariadb": "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD"}
_WAITS_UPON = re.compile(r"backup|job|test|replica|slave|exporter|init|update|upgrade|migrat")
OF_THE_APP = re.compile(
    r"\bmanage\.py\b|\b(gunicorn|uvicorn|daphne|celery)\b"
)  # an image that is made elsewhere
_ADDRESS = re.compile(r"HOST|SERVER|ADDR|URL|NODE|BROKER|DSN")  # a bare name is one of a host only here
_GIS_IMAGE = "postgis/postgis:17-3.5"
_NAMES_OF_ITS_OWN = "kartoza/"  # its images take POSTGRES_PASS and POSTGRES_DBNAME, not what postgres takes
_SAME_SCHEMES = frozenset(("postgres", "postgresql", "psql", "pgsql", "mysql", "redis"))
_FOUND_OTHERWISE = frozenset(("postgres", "mysql", "mariadb", "redis", "valkey", "rabbitmq", "memcached"))
NOT_IMPORTED = re.compile(
    r"mailpit|mailhog|maildev|mailcatcher|nginx|traefik|caddy|adminer|pgadmin|flower|selenium"
)


@dataclass(frozen=True, slots=True)
class Services:
    """What is proposed, and why."""

    proposed: tuple[ProposedService, ...]
    findings: tuple[Finding, ...]

    def given(self, kinds: Kinds) -> dict[str, str]:
        """The variables that the services will give, with their values."""
        values: dict[str, str] = {}
        for service in self.proposed:
            if service.kind:
                definition = kinds.definitions[service.kind]
                words = {
                    **definition.settings,
                    **service.settings,
                    "host": service.name,
                    "port": str(definition.port),
                }
                for name, text in {**definition.gives, **service.gives}.items():
                    values[name] = _filled(text, words)
        return values


def _filled(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)(?::url)?\}", lambda match: words.get(match[1], ""), text)


def plan_services(
    database: Database,
    uses: Mapping[str, Use],
    settings: Namespace,
    *,
    broker: Value | None,
    compose: Iterable[ComposeService],
    kinds: Kinds,
) -> Services:
    """The database, then what holds caches and queues, then what else the settings name by host."""
    known = tuple(compose)
    proposed: list[ProposedService] = []
    findings: list[Finding] = []
    if database.kind in {"postgres", "mysql"}:
        proposed.append(_of_database(database, known, kinds))
    for kind, use in _with_broker(uses, broker, known).items():
        for service in _of_use(kind, use, known, kinds):
            if service.name not in {each.name for each in proposed}:
                proposed.append(service)
                findings.append(
                    Finding(
                        topic="service",
                        value=f"{service.name} ({service.image})",
                        why=f"{use.why} uses {kind}",
                        evidence=tuple(use.places[:2]),
                        confidence=Confidence.CERTAIN if use.places else Confidence.LIKELY,
                    )
                )
    for service in _others(settings, known, kinds, {each.name for each in proposed}):
        proposed.append(service)
        findings.append(Finding(topic="service", value=f"{service.name} ({service.image})", why=service.note))
    return Services(tuple(proposed), tuple(findings))


def _with_broker(
    uses: Mapping[str, Use], broker: Value | None, compose: tuple[ComposeService, ...]
) -> dict[str, Use]:
    """The uses, and Celery's broker where no setting names one: what compose has, else its default, amqp.

    broker: None where there is no Celery.
    """
    found = dict(uses)
    if broker is None or kind_of_url(plain(broker)):
        return found
    if plain(broker) in (UNKNOWN, None, "") and not (found.keys() & {"redis", "rabbitmq"}):
        repositories = {each.repository for each in compose}
        kind = "redis" if repositories & {"redis", "valkey"} else "rabbitmq"
        found[kind] = Use(
            kind, why="Celery, whose default broker is amqp," if kind == "rabbitmq" else "Celery"
        )
    return found


def _matching(compose: Iterable[ComposeService], kinds: Kinds, wanted: Iterable[str]) -> list[ComposeService]:
    """The services of these kinds, those that only wait upon another last."""
    found = [each for each in compose if each.image and kinds.of_image(each.repository) in set(wanted)]
    return sorted(found, key=lambda each: bool(_WAITS_UPON.search(each.name)))


def _of_database(database: Database, compose: tuple[ComposeService, ...], kinds: Kinds) -> ProposedService:
    family = ("mysql", "mariadb") if database.kind == "mysql" else ("postgres",)
    there = _matching(compose, kinds, family)
    same = next((each for each in there if each.name == database.host), there[0] if there else None)
    kind = kinds.of_image(same.repository) if same else "mariadb" if database.kind == "mysql" else "postgres"
    image = kinds.image(kind, same.repository, same.image) if same else kinds.default_image(kind)
    if database.is_gis and kind == "postgres" and ("gis" not in image or _NAMES_OF_ITS_OWN in image):
        image = _GIS_IMAGE
    definition = kinds.definitions[kind]
    return ProposedService(
        name=_service_name(database.host, same, kind),
        kind=kind,
        image=image,
        note="the engine is PostGIS" if image == _GIS_IMAGE else str(same.place) if same else "",
        settings={
            **{
                name: value
                for name, value in database.fixed.items()
                if value != definition.settings.get(name)
            },
            **({} if kind == "postgres" or _has_password(database) else {"password": ""}),
        },
        env=_special_env(kind, database),
        gives=_not_given(database.gives, definition.gives),
        localhost=database.localhost,
    )


def _has_password(database: Database) -> bool:
    """False where settings name a user and no password."""
    return not database.fixed or "password" in database.fixed or "{password}" in database.gives.values()


def _special_env(kind: str, database: Database) -> dict[str, str]:
    """What an image must be told of MySQL's root, and of users without a password."""
    if kind == "postgres":
        return {} if _has_password(database) else {"POSTGRES_HOST_AUTH_METHOD": "trust"}
    env = {f"{kind.upper()}_USER": ""} if database.fixed.get("user") == "root" else {}
    return env if _has_password(database) else {**env, _EMPTY_PASSWORD[kind]: "yes"}


def _service_name(host: str, compose: ComposeService | None, kind: str) -> str:
    for name in (host, compose.name if compose else "", USUAL_NAMES.get(kind, kind)):
        if _NAME.fullmatch(name) and name not in LOCAL:
            return name
    return kind


def _not_given(wanted: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What the definition does not give already, in the same words."""
    same = {name for name in wanted.keys() & given.keys() if _normal(given[name]) == _normal(wanted[name])}
    return {name: text for name, text in wanted.items() if name not in same}


def _normal(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    return f"*://{rest}" if mark and scheme in _SAME_SCHEMES else text


def _of_use(
    kind: str, use: Use, compose: tuple[ComposeService, ...], kinds: Kinds
) -> Iterator[ProposedService]:
    """One service, or one for each name that is written down."""
    family = ("redis", "valkey") if kind == "redis" else (kind,)
    there = _matching(compose, kinds, family)
    by_name = {each.name: each for each in there}
    hosts = [host for host in use.hosts if _NAME.fullmatch(host)]
    chosen = hosts or [there[0].name if there else ""]
    for index, host in enumerate(chosen):
        same = by_name.get(host) or (there[0] if there else None)
        own = kinds.of_image(same.repository) if same else kind
        definition = kinds.definitions[own]
        yield ProposedService(
            name=_service_name(host, same, own),
            kind=own,
            image=kinds.image(own, same.repository, same.image) if same else kinds.default_image(own),
            note=str(same.place) if same else str(use.places[0]) if use.places else "",
            gives=_not_given(use.gives, definition.gives) if index == 0 else {},
            localhost=use.localhost if index == 0 else "",
        )


def without_url_of_heroku(
    service: ProposedService, kinds: Kinds, files: Tree, modules: Iterable[str]
) -> ProposedService:
    """Less DATABASE_URL where django-heroku's settings would take it, who insist on TLS with it.

    modules: the files of the settings.
    """
    if not service.kind or DATABASE_URL not in kinds.gives(service.kind):
        return service
    for path in modules:
        for line, text in files.lines(path):
            if _HEROKU.match(text) and "databases=False" not in text:
                why = f"{path}:{line} would ask for TLS with it"
                return replace(service, without=Noted(DATABASE_URL, why))
    return service


def with_prefix(service: ProposedService, kinds: Kinds, read: Container[str]) -> ProposedService:
    """The same in fewer words, where what it gives are the definition's own names after a prefix.

    read: the variables that the settings read; one that the prefix would add must not be among them.
    """
    names = kinds.definitions[service.kind].names if service.kind else {}
    for prefix in dict.fromkeys(name.rpartition("_")[0] for name in service.gives):
        whole = {f"{prefix}_{part}": text for part, text in names.items()}
        same = {name for name, text in service.gives.items() if _normal(whole.get(name, "")) == _normal(text)}
        if len(same) >= MANY and not any(name in read for name in whole.keys() - service.gives.keys()):
            rest = {name: text for name, text in service.gives.items() if name not in same}
            return replace(service, prefix=prefix, gives=rest)
    return service


def _others(
    settings: Namespace, compose: Iterable[ComposeService], kinds: Kinds, taken: set[str]
) -> Iterator[ProposedService]:
    """Services of the compose file that the settings speak to by name."""
    addresses = {
        str(text)
        for name, value in settings.values.items()
        if name.isupper()
        for text in _texts(value)
        if _ADDRESS.search(name) or not isinstance(plain(value), str) or not _NAME.fullmatch(str(text))
    }
    for each in compose:
        kind = kinds.of_image(each.repository) if each.image else ""
        skipped = each.built or not each.image or each.name in taken or not _NAME.fullmatch(each.name)
        skipped = skipped or OF_THE_APP.search(each.command) is not None
        if skipped or NOT_IMPORTED.search(each.image) or kind in _FOUND_OTHERWISE:
            continue
        if any(re.search(rf"(^|//|@){re.escape(each.name)}(:\d+|/|$)", text) for text in addresses):
            if kind:
                image = kinds.image(kind, each.repository, each.image)
                yield ProposedService(name=each.name, kind=kind, image=image, note=str(each.place))
                continue
            image = each.image if ":" in each.image.rpartition("/")[2] else f"{each.image}:latest"
            yield ProposedService(
                name=each.name, kind="", image=image, note=str(each.place), env=each.env, command=each.command
            )


def _texts(value: Value) -> Iterator[Value]:
    yield from (known for leaf in leaves(value) if isinstance(known := plain(leaf), str))


def unused(
    compose: Iterable[ComposeService], services: Iterable[ProposedService], kinds: Kinds
) -> Iterator[Finding]:
    """What the compose file has and the settings do not use."""
    used = {each.name for each in services} | {each.kind for each in services}
    for each in compose:
        kind = kinds.of_image(each.repository) if each.image else ""
        if kind in _FOUND_OTHERWISE and not {each.name, kind} & used:
            yield Finding(
                topic="left out",
                value=each.name,
                why="the compose file has it and the settings do not use it",
                evidence=(Place(each.place.file, each.place.line),),
            )
