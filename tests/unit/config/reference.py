"""The tables of docs/devenv-yaml.md and docs/services.md, made from the models and the definitions.

`python -m tests.unit.config.reference` writes them into the documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from pydantic import BaseModel

from devenv.config import load_environment, templates_folder
from devenv.config.container_model import ResourcesSection, VolumeSection
from devenv.config.environment import Service
from devenv.config.layer_model import ExtendsSection
from devenv.config.loader import read_document
from devenv.config.model import AppSection, DependenciesSection, DevenvYaml, DockerfileSection, SyncSection
from devenv.config.process_model import JobSection, ProcessSection, WhenSection
from devenv.config.rule_model import OnChangeSection
from devenv.config.schema import AsWritten
from devenv.config.section import PortSection
from devenv.config.service_model import (
    DefinedDatabase,
    DefinedFolder,
    DefinedHealthCheck,
    DefinedVolume,
    ServiceDefinition,
    ServiceSection,
)
from devenv.config.validation import validate

DOCS = Path(__file__).resolve().parents[3] / "docs"
LANGUAGE = DOCS / "devenv-yaml.md"
SERVICES = DOCS / "services.md"
HEADINGS: Mapping[Path, Mapping[str, type[BaseModel]]] = {
    LANGUAGE: {
        "The file": DevenvYaml,
        "app": AppSection,
        "app.dependencies": DependenciesSection,
        "app.dockerfile": DockerfileSection,
        "services": ServiceSection,
        "processes": ProcessSection,
        "A port": PortSection,
        "jobs": JobSection,
        "When a job runs": WhenSection,
        "A volume": VolumeSection,
        "resources": ResourcesSection,
        "sync": SyncSection,
        "on_change": OnChangeSection,
        "extends": ExtendsSection,
    },
    SERVICES: {
        "A definition of your own": ServiceDefinition,
        "volume": DefinedVolume,
        "folder": DefinedFolder,
        "health_check": DefinedHealthCheck,
        "database": DefinedDatabase,
    },
}
DEFINITIONS = {file.stem: file for file in sorted(templates_folder().glob("services/*.yaml"))}
_KINDS = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "`true`, `false`",
    "array": "list",
    "object": "mapping",
}
_TABLE = re.compile(r"^\|.*\n(?:\|.*\n)*", re.MULTILINE)


def table_of(model: type[BaseModel]) -> str:
    """A row for each key."""
    schema = model.model_json_schema(schema_generator=AsWritten)
    full = schema["anyOf"][-1] if "anyOf" in schema else schema
    rows = ["| key | is | default | meaning |", "|---|---|---|---|"]
    for key, field in full["properties"].items():
        default = "required" if key in full.get("required", []) else _default(field)
        kinds = _any(list(dict.fromkeys(_kinds(field, schema.get("$defs", {})))))
        rows.append(f"| `{key}` | {kinds} | {default} | {field['description']} |")
    return "\n".join(rows) + "\n"


def _default(field: Mapping[str, Any]) -> str:
    if "default" in field:
        return f"`{yaml.safe_dump(field['default']).split()[0]}`"
    return "" if "default" in field["description"] else "none"


def _kinds(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    """What may be written, without what the items of a list may be."""
    if "enum" in field:
        yield from (f"`{value}`" for value in field["enum"] if isinstance(value, str))
    elif field.get("$ref") == "#/$defs/PortSection":
        yield "[a port](devenv-yaml.md#a-port)"
    elif "$ref" in field:
        yield from _kinds(definitions[field["$ref"].rpartition("/")[2]], definitions)
    elif "anyOf" in field:
        for each in field["anyOf"]:
            yield from _kinds(each, definitions)
    else:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        yield from (_KINDS[kind] for kind in kinds)


def _any(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def facts_of(name: str) -> str:
    """What a definition says, the service being that of the example below its heading."""
    file = DEFINITIONS[name]
    definition = validate(ServiceDefinition, read_document(file.read_bytes(), file.name)).value
    assert definition
    example = f'name: x\npython: "3.13"\nprocesses: {{x: sleep 1}}\n{snippets(sections(SERVICES)[name])[0]}'
    with TemporaryDirectory() as folder:
        (Path(folder) / "manage.py").touch()
        (Path(folder) / "frontend").mkdir()
        (Path(folder) / "devenv.yaml").write_text(example, encoding="utf-8")
        services = load_environment(Path(folder) / "devenv.yaml", templates_folder()).services
    service = next(each for each in services if each.kind == name)
    return "".join(
        f"| {what} | {said} |\n" for what, said in [("", ""), ("---", "---"), *_facts(definition, service)]
    )


def _facts(definition: ServiceDefinition, service: Service) -> Iterator[tuple[str, str]]:
    yield "image", f"{_code(definition.image)}, by default {_code(definition.default_version)}"
    yield "tags", ", ".join(map(_code, definition.versions))
    port = next(each for each in service.ports if each.container == definition.port)
    yield "port", _code(definition.port) + (f", published as {_code(port.host)}" if port.host else "")
    if definition.ports:
        yield "pages", ", ".join(_code(port.container) for port in definition.ports)
    if definition.settings:
        yield "settings", _codes(f"{key}: {value}" for key, value in definition.settings.items())
    yield "`prefix: X` gives", ", ".join(_code(f"X_{name}") for name in definition.names)
    yield "gives", _codes(f"{key}={value}" for key, value in service.gives.items())
    yield "data", _data(definition.volume)
    assert service.health_check
    yield "healthy when", _code(_command(service.health_check.test))
    if not service.is_awaited:
        yield "the app", "does not wait for it"
    if service.shell:
        yield f"`devenv shell {service.name}`", _code(" ".join(service.shell))


def _data(volume: DefinedVolume | None) -> str:
    if volume is None:
        return "none is kept"
    later = (f", {_code(path)} from {first} on" for first, path in volume.path_since.items())
    kept = "a volume for each major version" if volume.per_major_version else "one volume"
    return f"{kept}, at {_code(volume.path)}{''.join(later)}"


def _command(test: tuple[str, ...]) -> str:
    return test[1] if test[0] == "CMD-SHELL" else " ".join(test[1:])


def _codes(texts: Iterator[str]) -> str:
    return "<br>".join(map(_code, texts))


def _code(text: object) -> str:
    return f"`{str(text).replace('|', chr(92) + '|')}`"


def snippets(text: str) -> list[str]:
    """Every ```yaml block."""
    return re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def sections(document: Path) -> Mapping[str, str]:
    """The text below each heading, by the heading without its backticks."""
    parts = re.split(r"^#{1,4} (.+)\n", document.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip((heading.replace("`", "") for heading in parts[1::2]), parts[2::2], strict=True))


def wanted_tables(document: Path) -> Mapping[str, str]:
    """The table that stands below each heading."""
    tables = {heading: table_of(model) for heading, model in HEADINGS[document].items()}
    if document == SERVICES:
        tables |= {name: facts_of(name) for name in DEFINITIONS}
    return tables


def tables(document: Path) -> Mapping[str, str]:
    """The first table below each heading that has one."""
    return {
        heading: found[0] for heading, text in sections(document).items() if (found := _TABLE.search(text))
    }


def write_tables() -> None:
    """Replace every table by the one that is wanted."""
    for document in HEADINGS:
        text = document.read_text("utf-8")
        for heading, wanted in wanted_tables(document).items():
            there = re.search(rf"^#{{1,4}} `?{re.escape(heading)}`?\n", text, re.MULTILINE)
            assert there, f"{document.name} has no heading {heading}"
            table = _TABLE.search(text, there.end())
            assert table, f"{document.name} has no table below {heading}"
            text = text[: table.start()] + wanted + text[table.end() :]
        document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_tables()
