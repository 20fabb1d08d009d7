"""A proposal -> the text of devenv.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from textwrap import wrap

from devenv.detect.finding import Confidence, Finding
from devenv.detect.proposal import Noted, Proposal, ProposedProcess, ProposedService
from devenv.detect.remarks import LOCALHOST

_PLAIN = re.compile(r"[A-Za-z_/.][\w./@+-]*(?: -{0,2}[\w./@+=-]+|(?<=\w):[\w./+-]+)*")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", ".inf", ".nan"))
_NOTE_COLUMN = 48
_WIDTH = 110
_NO_BREAK = "\x1f"  # in no remark: what is not printable is a space there
_LAST_PLAIN = 0xD7FF  # beyond are surrogates, private characters, and what libyaml refuses


def render_yaml(proposal: Proposal) -> str:
    """The whole file, sections apart, each value with where it comes from."""
    sections = [
        list(_heading(proposal)),
        list(_app(proposal)),
        list(_services(proposal)),
        list(_processes(proposal)),
        list(_jobs(proposal)),
        list(_sync(proposal)),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _heading(proposal: Proposal) -> Iterator[str]:
    yield "# Written by `devenv init`; beside each value is where it was found. `devenv up` runs it."
    for remark in proposal.remarks:
        if remark.confidence is not Confidence.GUESS:
            yield from _wrapped(f"# Open: {_remark(_told(remark))}")
    yield f"name: {scalar(proposal.name)}"
    yield _line(f'python: "{proposal.python.value}"', proposal.python.note)


def _told(finding: Finding) -> str:
    place = f" ({finding.evidence[0]})" if finding.evidence else ""
    return f"{finding.value}: {finding.why}{place}"


def _app(proposal: Proposal) -> Iterator[str]:
    yield "app:"
    if proposal.path != ".":
        yield f"  path: {scalar(proposal.path)}"
    if proposal.working_dir != ".":
        yield f"  working_dir: {scalar(proposal.working_dir)}"
    for key in ("settings", "wsgi", "asgi"):
        said: Noted | None = getattr(proposal, key)
        if said is not None:
            yield _line(f"  {key}: {scalar(said.value)}", said.note)
    if proposal.dependencies:
        yield from _dependencies(proposal)
    yield from _noted_list("  system_packages", proposal.system_packages)
    yield from _noted_mapping("  env", proposal.env)
    if proposal.own_line:
        yield "  dockerfile:"
        yield _line(f"    dev: {scalar(proposal.own_line.value)}", proposal.own_line.note)
    if proposal.volumes:
        yield "  volumes:"
    yield from (
        _line(f"    {name}: {scalar(said.value)}", said.note) for name, said in proposal.volumes.items()
    )


def _dependencies(proposal: Proposal) -> Iterator[str]:
    if proposal.groups or proposal.extras or proposal.as_of:
        yield "  dependencies:"
        yield _line(f"    file: {_flow(proposal.dependencies)}", proposal.dependencies_note)
        if proposal.groups:
            groups = ", ".join(map(scalar, proposal.groups))
            yield _line(f"    groups: [{groups}]", "what the settings need is in them")
        if proposal.extras:
            yield _line(f"    extras: [{', '.join(map(scalar, proposal.extras))}]", "the code imports them")
        if proposal.as_of:
            yield _line(f"    as_of: {proposal.as_of.value}", proposal.as_of.note)
        return
    yield _line(f"  dependencies: {_flow(proposal.dependencies)}", proposal.dependencies_note)


def _flow(texts: tuple[str, ...]) -> str:
    """One text, or a list on one line."""
    shown = [scalar(each) for each in texts]
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def _services(proposal: Proposal) -> Iterator[str]:
    if proposal.services:
        yield "services:"
    for service in proposal.services:
        yield from _service(service)


def _service(service: ProposedService) -> Iterator[str]:
    said: tuple[object, ...] = (service.settings, service.env, service.gives, service.command)
    said += (service.localhost, service.prefix, service.without)
    needs_type = bool(service.kind) and service.image.partition(":")[0] != service.kind
    if not any(said) and not needs_type:
        yield _line(f"  {service.name}: {scalar(service.image)}", service.note)
        return
    yield _line(f"  {service.name}:", service.note)
    if needs_type:
        yield f"    type: {scalar(service.kind)}"
    yield f"    image: {scalar(service.image)}"
    if service.prefix:
        yield _line(f"    prefix: {scalar(service.prefix)}", "as the settings name its variables")
    if service.without:
        yield _line(f"    without: {scalar(service.without.value)}", service.without.note)
    if service.localhost:
        yield _line(f"    localhost: {service.localhost}", "the settings look for it there")
    if service.command:
        yield f"    command: {scalar(service.command)}"
    for key in ("settings", "env", "gives"):
        values: Mapping[str, str] = getattr(service, key)
        if values:
            yield f"    {key}:"
            yield from (f"      {name}: {scalar(value)}" for name, value in values.items())


def _processes(proposal: Proposal) -> Iterator[str]:
    yield "processes:"
    yield "  web:"
    if proposal.web is not None:
        yield _line(f"    command: {scalar(proposal.web.value)}", proposal.web.note)
    yield _port(proposal)
    for name, said in proposal.processes.items():
        yield from _process(name, said)


def _process(name: str, said: ProposedProcess) -> Iterator[str]:
    if said.settings is None and not said.env and not said.port:
        yield _line(f"  {name}: {scalar(said.value)}", said.note)
        return
    yield f"  {name}:"
    key, value = ("asgi", said.asgi) if said.asgi else ("command", said.value)
    yield _line(f"    {key}: {scalar(value)}", said.note)
    if said.port:
        yield f"    port: {said.port}" if said.asgi else f'    port: "{said.port}:8000"'
    if said.settings is not None:
        yield _line(f"    settings: {scalar(said.settings.value)}", said.settings.note)
    if said.env:
        yield "    env:"
    yield from (_line(f"      {key}: {quoted(each.value)}", each.note) for key, each in said.env.items())


def _port(proposal: Proposal) -> str:
    if proposal.host_name != LOCALHOST:
        host = f", host: {proposal.port}" if proposal.port != 8000 else ""
        port = f"    port: {{container: 8000{host}, name: {scalar(proposal.host_name)}}}"
        return _line(port, "ALLOWED_HOSTS lacks localhost")
    if proposal.port == 8000:
        return "    port: 8000"
    return _line(f'    port: "{proposal.port}:8000"', proposal.port_note)


def _jobs(proposal: Proposal) -> Iterator[str]:
    if proposal.jobs:
        yield "jobs:"
    for name, said in proposal.jobs.items():
        yield _line(f"  {name}: {scalar(said.value)}", said.note)


def _sync(proposal: Proposal) -> Iterator[str]:
    said = (*(f"!{name}" for name in proposal.sent), *proposal.sent_tests)
    notes = ["git does not follow it, and the settings need it"] if proposal.sent else []
    if proposal.sent_tests:
        places = ", ".join(dict.fromkeys(proposal.sent_tests.values()))
        notes.append(f"left out by {places}, and tests need it")
    if said:
        yield "sync:"
        yield _line(f"  ignore: {_flow(said)}", "; ".join(notes))


def _noted_mapping(key: str, values: Mapping[str, Noted]) -> Iterator[str]:
    if values:
        yield f"{key}:"
    for name, said in values.items():
        yield _line(f"    {name}: {quoted(said.value)}", said.note)


def _noted_list(key: str, values: tuple[Noted, ...]) -> Iterator[str]:
    if values:
        yield f"{key}:"
    for said in values:
        yield _line(f"    - {scalar(said.value)}", said.note)


def _line(text: str, note: str) -> str:
    """A line with a remark: in a column where there is room, above it where it would be too long."""
    shown = _remark(note)
    if not shown:
        return text
    aligned, close = f"{text.ljust(_NOTE_COLUMN)}  # {shown}", f"{text}  # {shown}"
    above = f"{text[: len(text) - len(text.lstrip())]}# {shown}\n{text}"
    return next((each for each in (aligned, close) if len(each) <= _WIDTH), above)


def _wrapped(comment: str) -> list[str]:
    """A comment as lines; what stands in backticks is to be copied, and not broken."""
    whole = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", _NO_BREAK), comment)
    lines = wrap(whole, _WIDTH, subsequent_indent="#   ", break_long_words=False, break_on_hyphens=False)
    return [line.replace(_NO_BREAK, " ") for line in lines]


def _remark(text: str) -> str:
    """A text on one line; what YAML holds in no comment stands as a mark."""
    return " ".join("".join(each if _is_shown(each) else " " for each in text).split())


def _is_shown(character: str) -> bool:
    return character.isprintable() and ord(character) <= _LAST_PLAIN


def scalar(text: str) -> str:
    """A text as YAML reads it back, without quotes where those add nothing."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes, everything but plain characters escaped as YAML has it."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    return character if _is_shown(character) else f"\\U{ord(character):08X}"
