"""Settings that do not load: a variable that nobody sets, a module that is not there, a wrong value."""

from __future__ import annotations

import re
from itertools import pairwise

from devenv.cards.clues import Clues, nearest
from devenv.cards.edits import add_variable, set_key
from devenv.cards.traces import Raised
from devenv.errors import Card

# What those who read variables say of one that is not set: django-environ, decouple, environs, own code.
_UNSET = (
    r"^Set the (\w+) environment variable$",
    r"^(\w+) not found\. Declare it as envvar or define a default value\.",
    r'^Environment variable "(\w+)" not set$',
    r"\bby setting the ([A-Z][A-Z0-9_]+) environment variable\b",
    r"(?i)\benv(?:ironment)? ?var(?:iable)?s? [\"'`]?([A-Z][A-Z0-9_]{2,})[\"'`]? (?:is|was|must be|needs)",
    r"(?i)[\"'`]?\b([A-Z][A-Z0-9_]{2,})[\"'`]? (?:environment variable )?(?:is|was|must be|needs to be) "
    r"(?:not |un)?(?:set|defined)",
)
_TELLERS = frozenset(
    (
        "ImproperlyConfigured",
        "UndefinedValueError",
        "EnvError",
        "EnvNotSetError",
        "ValueError",
        "RuntimeError",
    )
)
_OPTIONAL = re.compile(r"""(?:environ\.get|getenv)\(\s*["'](\w+)["']\s*\)""")
_READS_ENVIRON = re.compile(r"\benviron\b|\bgetenv\b")
_VARIABLE = re.compile(r"^'([A-Za-z_]\w*)'$")


def missing_variable(clues: Clues) -> Card | None:
    """A variable that the settings cannot do without, and nobody sets."""
    for raised in clues.chain:  # the first cause says it most plainly
        if name := _unset(raised):
            return _variable_card(clues, raised, name)
    return _pydantic(clues)


def _variable_card(clues: Clues, raised: Raised, name: str) -> Card:
    edit = add_variable(clues.environment, name)
    own = clues.nearest_own
    where = f", read at {place}" if (place := clues.place(own)) else ""
    shown = clues.evidence(own)[:1] if place else ()
    return Card(
        cause=f"the variable {name} is set by nobody{where}",
        evidence=(*shown, raised.text),
        next_step=f"set {name} in devenv.yaml, or in a file named by `app.env_file` if it is a secret",
        edit=edit,
    )


def _unset(raised: Raised) -> str:
    """The variable that an exception misses, "" where it is about something else."""
    if raised.kind == "KeyError" and (found := _VARIABLE.match(raised.message)):
        reads = any(
            frame.file.endswith("/os.py") or "<frozen os>" in frame.file or _READS_ENVIRON.search(frame.code)
            for frame in raised.frames[-2:]
        )
        return found[1] if reads else ""
    if raised.kind == "TypeError" and "NoneType" in raised.message:
        code = raised.frames[-1].code if raised.frames else ""
        return found[1] if (found := _OPTIONAL.search(code)) else ""
    if raised.kind not in _TELLERS and "by setting the " not in raised.message:
        return ""
    first = raised.message.partition("\n")[0]
    return next((found[1] for pattern in _UNSET if (found := re.search(pattern, first))), "")


def _pydantic(clues: Clues) -> Card | None:
    """Required fields of a BaseSettings: a name on a line, what is wrong with it on the next."""
    raised = clues.raised("ValidationError")
    if raised is None or "ettings" not in raised.message + "".join(frame.code for frame in raised.frames):
        return None
    lines = raised.message.splitlines()
    names = [
        name.strip().upper()
        for name, problem in pairwise(lines)
        if re.match(r"\s+(Field required|field required)", problem)
    ]
    if not names:
        return None
    card = _variable_card(clues, raised, names[0])
    more = f" (and {', '.join(names[1:])})" if len(names) > 1 else ""
    named = tuple(f"{name}: required" for name in names)
    place = clues.place(raised)
    return Card(
        cause=f"{card.cause}{more}",
        evidence=(*clues.evidence(raised)[: bool(place)], *named),
        next_step=card.next_step,
        edit=card.edit,
    )


def wrong_settings_module(clues: Clues) -> Card | None:
    """The settings module that devenv.yaml, manage.py or wsgi.py names is not there."""
    environment = clues.environment
    raised = clues.raised("ModuleNotFoundError", "ImportError", "ImproperlyConfigured")
    if raised is None:
        return None
    if "DJANGO_SETTINGS_MODULE" in raised.message and "not configured" in raised.message:
        name, cause = "", "Django is not told which settings module to use"
    else:
        name = _missing_settings(clues, raised)
        cause = f"there is no settings module `{name}`"
        if not name:
            return None
    known = [each for each in clues.modules if "settings" in each]
    likely = nearest(name, known) or next(iter(known), "")
    said = environment.app.settings
    by = f"devenv.yaml names {said}" if said == name and said else f"{raised.text}"
    return Card(
        cause=cause + (f"; did you mean `{likely}`?" if likely else ""),
        evidence=(by, *([raised.text] if by != raised.text else [])),
        next_step="name the module of the settings in devenv.yaml",
        edit=set_key(environment, "app.settings", f"settings: {likely or 'package.settings'}"),
    )


def _missing_settings(clues: Clues, raised: Raised) -> str:
    if found := re.search(r"Could not import settings '([\w.]+)'", raised.message):
        return found[1]
    missing = re.search(r"No module named '([\w.]+)'", raised.message)
    if not missing:
        return ""
    said = clues.environment.app.settings or ""
    by_django = [
        index
        for index, frame in enumerate(raised.frames)
        if frame.file.endswith("django/conf/__init__.py") and "SETTINGS_MODULE" in frame.code
    ]
    since = raised.frames[by_django[-1] :] if by_django else raised.frames
    no_own_code = not any(
        frame.file.startswith("/app/") and (by_django or "settings" in frame.file) for frame in since
    )
    if by_django and no_own_code:
        return missing[1]
    return (
        missing[1]
        if said and (said == missing[1] or said.startswith(f"{missing[1]}.")) and no_own_code
        else ""
    )


def app_not_installed(clues: Clues) -> Card | None:
    """A model of a package that is no installed app."""
    raised = clues.raised("RuntimeError")
    words = r"Model class ([\w.]+) doesn't declare an explicit app_label and isn't in an application"
    found = re.search(words, raised.message) if raised else None
    if raised is None or found is None:
        return None
    app = found[1].partition(".models")[0]
    return Card(
        cause=f"{app} is used and is not in INSTALLED_APPS",
        evidence=(raised.text,),
        next_step=f'add "{app}" to INSTALLED_APPS, or leave out what uses it: the traceback above names it',
    )


def missing_secret_key(clues: Clues) -> Card | None:
    """Django's own words for a SECRET_KEY that is empty."""
    raised = clues.raised("ImproperlyConfigured")
    if raised is None or "SECRET_KEY setting must not be empty" not in raised.message:
        return None
    return Card(
        cause="the setting SECRET_KEY is empty: the variable that it is read from is not set",
        evidence=(raised.text,),
        next_step="set the variable that the settings read it from, as a rule SECRET_KEY",
        edit=add_variable(clues.environment, "SECRET_KEY"),
    )


def improperly_configured(clues: Clues) -> Card | None:
    """Whatever else Django calls a wrong configuration."""
    raised = clues.raised("ImproperlyConfigured")
    if raised is None:
        return None
    return Card(
        cause=f"a setting is wrong: {raised.message.partition(chr(10))[0]}",
        evidence=clues.evidence(raised),
        next_step="correct that setting; `devenv env` lists what the settings read, and who sets it",
    )


def disallowed_host(clues: Clues) -> Card | None:
    """Django answers 400 to a host that ALLOWED_HOSTS does not name."""
    found = clues.search(
        r"Invalid HTTP_HOST header: '([^']*)'\.(?: You may need to add '([^']*)' to ALLOWED_HOSTS)?"
    )
    if found is None:
        return None
    host = found[2] or found[1].partition(":")[0]
    return Card(
        cause=f"Django refuses requests to `{host}`: ALLOWED_HOSTS does not name it",
        evidence=(found[0],),
        next_step=f"add '{host}' to ALLOWED_HOSTS; where the settings read it from a variable:",
        edit=add_variable(clues.environment, "ALLOWED_HOSTS", f"{host},127.0.0.1"),
    )


def wrong_callable(clues: Clues) -> Card | None:
    """The WSGI or ASGI callable that devenv.yaml names is not in its module."""
    app = clues.environment.app
    key, written = ("wsgi", app.wsgi) if app.wsgi else ("asgi", app.asgi)
    raised = clues.raised("AttributeError", "ModuleNotFoundError")
    if written is None or raised is None:
        return None
    module, _, name = written.partition(":")
    lacks = re.search(rf"module '{re.escape(module)}' has no attribute '{re.escape(name)}'", raised.message)
    absent = re.search(rf"No module named '{re.escape(module)}'", raised.message)
    if not (lacks or absent):
        return None
    likely = nearest(module, [each for each in clues.modules if each.rpartition(".")[2] in {"wsgi", "asgi"}])
    proposal = f"{likely or module}:{name if absent else 'application'}"
    return Card(
        cause=f"there is no `{name}` in {module}" if lacks else f"there is no module `{module}` to serve",
        evidence=(f"devenv.yaml: {key}: {written}", raised.text),
        next_step=f"name the callable that Django's {key}.py defines",
        edit=set_key(clues.environment, f"app.{key}", f'{key}: "{proposal}"'),
    )


def template_missing(clues: Clues) -> Card | None:
    """A page that is nowhere that TEMPLATES looks: as a rule one that a front end's build makes."""
    raised = clues.raised("TemplateDoesNotExist")
    if raised is None or not raised.message:
        return None
    name = raised.message.splitlines()[0].partition(",")[0].strip()
    return Card(
        cause=f"the template {name} is nowhere that TEMPLATES looks",
        evidence=clues.evidence(raised),
        next_step="where a front end makes it (`npm run build`), have it made; or correct the name "
        "or `DIRS` in TEMPLATES, or install the app that has it",
    )
