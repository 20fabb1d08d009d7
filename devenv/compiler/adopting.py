"""What somebody wrote into a generated file by hand, as the lines of devenv.yaml that make it so. Pure.

The compose file's difference becomes raw keys, variables and limits; lines that were added to the Dockerfile
become lines of one's own at the end of their stage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, TypeAlias

from devenv.compiler.compiled import CompiledProject, CompiledService, Label, Role
from devenv.config.compose_words import INSTEAD, OF_SERVICES, OF_THE_FILE, PASSED_ON

Path: TypeAlias = tuple[str, ...]
_SECTIONS = {Role.SERVICE: "services", Role.PROCESS: "processes", Role.JOB: "jobs"}
_ADDED_TO = frozenset({"labels", "tmpfs", "networks", "volumes", "secrets", "configs"})
_LIMITS = {"mem_limit": "memory", "cpus": "cpus"}
_STAGE = re.compile(r"FROM\s+\S+\s+AS\s+(\S+)", re.IGNORECASE)
_STAGES = frozenset({"base", "build", "dev", "production"})


@dataclass(frozen=True, slots=True)
class Adoption:
    """`values`: by their place in devenv.yaml. `refused`: what no key says, and what to do about it."""

    values: Mapping[Path, Any]
    refused: tuple[str, ...]


def adopt_compose(made: Mapping[str, Any], edited: Mapping[str, Any], compiled: CompiledProject) -> Adoption:
    """Of two compose files as mappings: as devenv made it, as it is."""
    values: dict[Path, Any] = {}
    refused: list[str] = []
    before, after = made.get("services", {}), edited.get("services", {})
    known = {service.name: service for service in compiled.services}
    for name in dict.fromkeys((*before, *after)):
        if name not in before or name not in after or name not in known:
            refused.append(f"services.{name}: a service is added or deleted in devenv.yaml")
            continue
        for found in _of_service(known[name], before[name], after[name]):
            if isinstance(found, str):
                refused.append(f"services.{name}.{found}")
            else:
                values[found[0]] = found[1]
    for key in dict.fromkeys((*made, *edited)):
        if key == "services" or made.get(key) == edited.get(key):
            continue
        if key in OF_THE_FILE and (new := _only_added(made.get(key) or {}, edited.get(key))) is not None:
            values |= {("compose", key, name): _plain(value) for name, value in new.items()}
        else:
            refused.append(f"{key}: no key of devenv.yaml says that")
    return Adoption(values, tuple(refused))


def adopt_dockerfile(made: str, edited: str, lines_before: Mapping[str, str]) -> Adoption:
    """Of two Dockerfiles' texts. lines_before: the lines of one's own that are there already, by stage."""
    before, after = made.splitlines(), edited.splitlines()
    added: dict[str, list[str]] = {}
    for tag, low, high, at, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag in {"delete", "replace"}:
            line = before[low:high][0]
            return Adoption({}, (f"Dockerfile: lines can be added, and this one is changed: {line}",))
        if tag == "insert":
            stage = next((name for name in _stages(reversed(after[:at]))), "")
            if stage not in _STAGES:
                return Adoption(
                    {}, (f"Dockerfile: nothing can be added to the stage {stage or 'before all'}",)
                )
            added.setdefault(stage, []).extend(after[at:end])
    texts = {stage: [*lines_before.get(stage, "").splitlines(), *lines] for stage, lines in added.items()}
    values: dict[Path, Any] = {
        ("app", "dockerfile", stage): "\n".join(lines) + "\n" for stage, lines in texts.items()
    }
    return Adoption(values, ())


def is_as_edited(compiled: Mapping[str, Any], edited: Mapping[str, Any]) -> bool:
    """Whether a compose file says what somebody wrote; digests apart."""
    return bool(_without_digests(compiled) == _without_digests(edited))


def _stages(lines: Iterator[str]) -> Iterator[str]:
    yield from (found[1] for line in lines if (found := _STAGE.match(line)))


def _of_service(
    service: CompiledService, made: Mapping[str, Any], edited: Mapping[str, Any]
) -> Iterator[str | tuple[Path, Any]]:
    """Places with values, or what is refused: the key and why."""
    at = (_SECTIONS[service.role], service.process or service.name)
    allowed = PASSED_ON | OF_SERVICES if service.role is Role.SERVICE else PASSED_ON
    for key in dict.fromkeys((*made, *edited)):
        before, after = made.get(key), edited.get(key)
        if before == after:
            continue
        if key == "environment" and isinstance(after, Mapping):
            yield from _variables(at, before or {}, after)
        elif key in _LIMITS and after is not None:
            yield (*at, "resources", _LIMITS[key]), after
        elif key not in allowed or after is None:
            yield f"{key}: {INSTEAD.get(key, 'no key of devenv.yaml takes it away')}"
        elif key in _ADDED_TO and before:
            new = _only_added(before, after)
            yield f"{key}: what devenv writes stays" if new is None else ((*at, "compose", key), _plain(new))
        else:
            yield (*at, "compose", key), _plain(after)


def _variables(
    at: Path, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[str | tuple[Path, Any]]:
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"environment.{name}: a variable is taken away where it is set"
        elif before.get(name) != after[name]:
            value = after[name]
            yield (*at, "env", name), _plain(value) if isinstance(value, str) else str(value)


def _only_added(before: Any, after: Any) -> Any:
    """What is more in a mapping or a list; None where something is less or another."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        kept = all(name in after and after[name] == value for name, value in before.items())
        return {name: value for name, value in after.items() if name not in before} if kept else None
    if isinstance(before, list) and isinstance(after, list):
        return after[len(before) :] if after[: len(before)] == before else None
    return None


def _plain(value: Any) -> Any:
    """As devenv.yaml has it, where a `$` is a `$`."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.replace("$$", "$") if isinstance(value, str) else value


def _without_digests(content: Any) -> Any:
    digests = {Label.CONFIG_HASH, Label.BUILD_HASH, Label.INPUTS}
    if isinstance(content, Mapping):
        return {key: _without_digests(value) for key, value in content.items() if key not in digests}
    if isinstance(content, list):
        return [_without_digests(value) for value in content]
    return content
