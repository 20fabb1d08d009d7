"""The variables that settings read, and values for those that must be set, safe for development."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from posixpath import relpath

from devenv.detect.finding import Place
from devenv.detect.tree import Tree
from devenv.detect.values import ROOT, UNKNOWN, Namespace, Read, Tracked, Value, leaves, plain

SECRET = "django-insecure-for-development-only-0123456789abcdefghij"  # noqa: S105 - what it says
FERNET = "ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQhISE="  # 32 bytes
AN_ORIGIN = "http://localhost:8000"
_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"FERNET|ENCRYPTION_KEY|CRYPTO_KEY", FERNET),
    (r"SECRET_?KEY|SIGNING_KEY|JWT_(SECRET|KEY)|(^|_)SALT$", SECRET),
    (r"ALGORITHM$", "HS256"),  # of tokens: one that is no name of an algorithm is refused at the start
    (r"DEBUG$", "True"),
    (r"ALLOWED_HOSTS?$", "*"),
    (r"^EMAIL_URL$", "consolemail://"),
    (r"EMAIL_BACKEND$", "django.core.mail.backends.console.EmailBackend"),
    (r"SENTRY_DSN$|_DSN$", ""),
    (r"(CSRF|TRUSTED|CORS)\w*(ORIGINS?|WHITELIST)$", AN_ORIGIN),
    (r"SSL_?MODE$", "prefer"),
    (r"SSL_REDIRECT$|_SECURE$", "False"),
    (r"((^|_)(USE|WITH|ENABLE)_(SSL|TLS)|(^|_)(SSL|TLS)(_(ON|ENABLED?|REQUIRED?))?)$", "0"),
    (r"USE_DOCKER$", "yes"),
    (r"(^|_)ENV(IRONMENT)?$", "development"),
    (r"LOG_?LEVEL$", "INFO"),
    (r"(LIFE_?TIME|EXPIR(E|ES|Y|ATION)|TTL)(_(IN_)?(MINUTES|HOURS|DAYS|SECONDS))?$", "60"),
    (r"BROKER(_URL|_TRANSPORT_URL)?$", "memory://"),
    (r"RESULT_BACKEND$", "cache+memory://"),
    (r"LDAP\w*_(URI|URL)$", "ldap://localhost"),
    (r"^CLOUDINARY_URL$", "cloudinary://0:development-only@development"),
    (r"(REDIS|VALKEY)\w*UR[IL]$", "redis://localhost:6379/0"),
    (r"(RABBIT|AMQP)\w*UR[IL]$", "amqp://localhost:5672//"),
    (r"(URL|ORIGIN|ENDPOINT|WEBSITE)$", AN_ORIGIN),
    (r"(HOST|DOMAIN|SERVER)$", "localhost"),
    (r"(E?MAIL|SMTP)\w*_PORT$", "25"),
    (r"(REDIS|VALKEY)\w*_PORT$", "6379"),
    (r"(RABBIT|AMQP)\w*_PORT$", "5672"),
    (r"(MYSQL|MARIADB)\w*_PORT$", "3306"),
    (r"(DB|DATABASE|POSTGRES|PG|SQL)\w*_?PORT$", "5432"),
    (r"PORT$", "8000"),
    (r"(EMAIL|FROM|SENDER)(_ADDRESS)?$", "devenv@localhost.localdomain"),
    (r"(TIME_?ZONE|^TZ)$", "UTC"),
    (r"(REDIS|VALKEY|CACHE|BROKER)_DB$", "0"),
)
_WITH_SAMPLES = ("(REDIS", "(RABBIT", "(MYSQL", "(DB", "(LIFE")
_CLOUDINARY = "CLOUDINARY_URL"
OFF = "off unless set"
OFF_PERHAPS = "whether it is on cannot be read"
ORIGINS = ("CSRF_TRUSTED_ORIGINS", "CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST")
_CHECKED = ("ALLOWED_HOSTS", *ORIGINS)
_TRUTHS = ("True", "1", "true", "on", "yes", "development", "dev", "local", "debug")
_BY_CAST = {"bool": "False", "int": "1", "float": "1", "list": "", "tuple": "", "json": "{}", "dict": ""}
_BY_CAST |= {"cache": "locmemcache://", "email": "consolemail://", "search": "simple://"}
_IS_OUTSIDE = re.compile(r"MAIL\w*HOST=.*\.|SMTP\w*=.*\.")  # nobody sends real mail from here
_SECRET_NAME = re.compile(r"SECRET|KEY|TOKEN|PASS")


def safe_value(read: Read, samples: Mapping[str, str]) -> str:
    """A value for a variable that must be set: by its name, by the project's examples, by its type."""
    name = read.name.upper()
    if read.cast in {"cache", "email", "search"}:
        return _BY_CAST[read.cast]
    for pattern, value in _BY_NAME:
        if re.search(pattern, name):
            known = samples.get(read.name, "")
            if pattern.endswith("PORT$") and not known.isdecimal():
                known = ""
            if _IS_OUTSIDE.search(f"{name}={known}"):
                known = ""
            prefers_sample = known and pattern.startswith(
                (r"(^|_)ENV", r"(URL", r"(HOST", r"USE_DOCKER", "PORT", r"(E?MAIL|SMTP)", *_WITH_SAMPLES)
            )
            return known if prefers_sample else _as(read.cast, value)
    if sample := samples.get(read.name, ""):
        return sample
    if read.cast in _BY_CAST:
        return _BY_CAST[read.cast]
    return "development-only" if _SECRET_NAME.search(name) else "development"


def _as(cast: str, value: str) -> str:
    if cast == "json":
        return f'["{value}"]'
    if cast == "bool" and value not in {"True", "False", "yes"}:
        return "False"
    if cast == "int" and not value.isdecimal():
        return "1"
    return value


def needed_by_django(settings: Namespace, reads: Iterable[Read]) -> dict[str, tuple[Read, str]]:
    """Variables that no code insists on, but without which Django serves no developer: with the reason.

    reads: everything that the settings read; a key may come from a file or from one of them.
    """
    needed: dict[str, tuple[Read, str]] = {}
    if read := _key(settings.values.get("SECRET_KEY", SECRET), reads):
        is_made = read.default is UNKNOWN
        why = "a new one at each start ends all sessions" if is_made else "Django does not start without it"
        needed[read.name] = (read, why)
    debug = settings.values.get("DEBUG")
    if isinstance(debug, Tracked) and plain(debug) is not UNKNOWN and not plain(debug):
        needed[debug.reads[0].name] = (debug.reads[0], OFF)
    if plain(debug) is UNKNOWN and not isinstance(debug, Tracked):
        needed |= {read.name: (read, OFF_PERHAPS) for read in _only_debug(reads)}
    hosts = settings.values.get("ALLOWED_HOSTS")
    will_be_on = isinstance(debug, Tracked) or bool(debug)
    if isinstance(hosts, Tracked) and not allows_localhost(plain(hosts), debug=will_be_on):
        needed[hosts.reads[0].name] = (hosts.reads[0], "the hosts that Django answers to")
    redirect = settings.values.get("SECURE_SSL_REDIRECT")
    if isinstance(redirect, Tracked) and plain(redirect) is True:
        needed[redirect.reads[0].name] = (redirect.reads[0], "http is not sent to https")
    needed |= _unset_parts(settings)
    needed |= _cloudinary(settings, reads)
    needed |= _unset_engine(settings)
    backend = settings.values.get("EMAIL_BACKEND")
    host = plain(settings.values.get("EMAIL_HOST", "localhost"))
    if isinstance(backend, Tracked) and "smtp" in str(plain(backend)) and host:
        needed[backend.reads[0].name] = (backend.reads[0], "mail goes to the log")
    return needed


def _cloudinary(settings: Namespace, reads: Iterable[Read]) -> dict[str, tuple[Read, str]]:
    """The account without which every page with a picture fails; its addresses are made without asking it."""
    names = ("DEFAULT_FILE_STORAGE", "STORAGES", "STATICFILES_STORAGE")
    named = next(
        (name for name in names if "cloudinary_storage" in str(plain(settings.values.get(name)))), ""
    )
    said = plain(settings.values.get("CLOUDINARY_STORAGE", {}))
    if not named or (isinstance(said, dict) and plain(said.get("CLOUD_NAME")) not in (None, "", UNKNOWN)):
        return {}
    place = settings.places.get(named, Place(settings.path))
    read = next((each for each in reads if each.name == _CLOUDINARY), Read(name=_CLOUDINARY, place=place))
    return {_CLOUDINARY: (read, "cloudinary_storage does not serve pictures without it")}


def _unset_parts(settings: Namespace) -> dict[str, tuple[Read, str]]:
    """Variables in lists whose checks fail upon None, and upon the "" that splitting nothing makes."""
    parts = [part for name in _CHECKED for part in leaves(settings.values.get(name, ()))]
    unset = [part.reads[0] for part in parts if isinstance(part, Tracked) and part.value is None]
    found = {read.name: (read, "Django does not start with None there") for read in unset}
    for name in ORIGINS:
        value = settings.values.get(name)
        said = plain(value)
        if isinstance(value, Tracked) and isinstance(said, (list, tuple)) and "" in map(plain, said):
            found[value.reads[0].name] = (value.reads[0], f"an empty origin is an error in {name}")
    return found


def _only_debug(reads: Iterable[Read]) -> list[Read]:
    """The one variable that is named for DEBUG, which a file of configuration may stand between."""
    found = {read.name: read for read in reads if re.search(r"(^|_)DEBUG$", read.name)}
    return [*found.values()] if len(found) == 1 else []


def _unset_engine(settings: Namespace) -> dict[str, tuple[Read, str]]:
    """The variable that alone says which database it is."""
    engine = _item(_item(settings.values.get("DATABASES"), "default"), "ENGINE")
    if not isinstance(engine, Tracked) or plain(engine) not in (None, ""):
        return {}
    return {engine.reads[0].name: (engine.reads[0], "without an engine there is no database")}


def _key(secret: Value, reads: Iterable[Read]) -> Read | None:
    """The variable that holds the key, where there is none yet."""
    own = secret.reads if isinstance(secret, Tracked) else ()
    if plain(secret) not in (None, "", UNKNOWN) or (plain(secret) is UNKNOWN and not own):
        return None
    named = (read for read in (*own, *reads) if read.name.upper().endswith("SECRET_KEY"))
    return next(named, next(iter(own), None))


def next_truth(tried: str) -> str:
    """Another word for true, since the settings do not take the one that was tried; "" where none is left."""
    following = _TRUTHS[_TRUTHS.index(tried) + 1 :] if tried in _TRUTHS else _TRUTHS
    return next(iter(following), "")


def missing_folders(settings: Namespace, files: Tree, folder: str) -> list[str]:
    """Folders in which LOGGING opens files and which the project has not, relative to manage.py."""
    found = set()
    handlers = plain(_item(settings.values.get("LOGGING"), "handlers"))
    for handler in handlers.values() if isinstance(handlers, dict) else ():
        path = plain(_item(handler, "filename"))
        if not isinstance(path, (str, PurePosixPath)) or not str(path):
            continue
        absolute = ROOT / folder / str(path)
        if not absolute.is_relative_to(ROOT):
            continue
        parent = absolute.parent.relative_to(ROOT).as_posix()
        if parent != "." and not any(each.startswith(f"{parent}/") for each in files.paths):
            found.add(relpath(parent, folder))
    return sorted(found)


def _item(value: Value, key: str) -> Value:
    known = plain(value)
    return known.get(key) if isinstance(known, dict) else None


def allows_localhost(hosts: object, *, debug: bool) -> bool:
    """Whether Django answers to `Host: localhost`; an empty list does while DEBUG is on."""
    if not isinstance(hosts, (list, tuple)):
        return False
    said = [str(plain(each)).strip() for each in hosts]
    return bool({"*", "localhost", ".localhost"} & set(said)) or (debug and not said)


def places_of(reads: list[Read]) -> dict[str, Place]:
    """Where each variable is read first."""
    found: dict[str, Place] = {}
    for read in reads:
        found.setdefault(read.name, read.place)
    return found
