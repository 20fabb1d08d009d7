"""devenv.yaml as a JSON schema, for editors: the model's keys, short forms, descriptions and examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from devenv.config.extending import STRUCTURE
from devenv.config.fields import JsonSchema
from devenv.config.loader import read_document
from devenv.config.model import DevenvYaml
from devenv.config.section import Section
from devenv.config.service_model import ServiceDefinition
from devenv.config.validation import validate
from devenv.errors import ConfigError

_IN_ONE_PIECE = {each.__name__ for each in Section.__subclasses__() if each.is_one_value}


def make_schema(*definitions: Path) -> JsonSchema:
    """The schema; `definitions`: the folders of the services that it proposes."""
    schema = DevenvYaml.model_json_schema(schema_generator=AsWritten)
    files = sorted(file for folder in definitions for file in folder.glob("*.yaml"))
    default_versions = {file.stem: _default_version(file) for file in files}
    image, section = schema["$defs"]["ServiceSection"]["anyOf"]
    image["examples"] = [f"{name}:{version}" for name, version in default_versions.items()]
    kind = section["properties"]["type"]
    kind["anyOf"] = [{"enum": [*default_versions]}, {"type": kind.pop("type")}]  # or one of the project's own
    _allow_layers(schema)
    return {
        "$schema": AsWritten.schema_dialect,
        "title": "devenv.yaml",
        **schema,
        "patternProperties": {"^x-": {}},
    }


def _allow_layers(schema: JsonSchema) -> None:
    """What is missing may stand in another layer: keys are required of a file that extends none."""
    required = {"required": schema.pop("required")}
    schema |= {"if": {"required": ["extends"]}, "then": {}, "else": required}
    for name, section in schema["$defs"].items():
        if name not in _IN_ONE_PIECE:
            section.get("anyOf", [section])[-1].pop("required", None)
    schema["$defs"]["Profile"] = {
        "type": "object",
        "properties": {key: each for key, each in schema["properties"].items() if key not in STRUCTURE},
        "additionalProperties": False,
        "patternProperties": {"^x-": {}},
    }
    schema["properties"]["profiles"]["additionalProperties"] = {"$ref": "#/$defs/Profile"}


def partial(schema: JsonSchema) -> JsonSchema:
    """The same for a layer, which need not be complete."""
    layer = _without_requirements(schema)
    return {**layer, "title": "a layer of devenv.yaml", "else": {}}


def _without_requirements(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_requirements(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    # Where there are `properties`, the keys are a schema's own and no names of the language.
    left_out = {"required"} if "properties" in schema else set[str]()
    return {key: _without_requirements(each) for key, each in schema.items() if key not in left_out}


def _default_version(file: Path) -> str:
    try:
        definition = validate(ServiceDefinition, read_document(file.read_bytes(), file.name)).value
    except ConfigError:  # a definition of the project's own; loading says what is wrong with it
        definition = None
    return definition.default_version if definition else "latest"


class AsWritten(GenerateJsonSchema):
    """A schema of what is written in a file: a key is left out and not null, mappings check their keys."""

    schema_dialect = "http://json-schema.org/draft-07/schema#"  # the newest that all editors know

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchema:
        """Nothing is written as null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchema:
        """A default that says something."""
        written = super().default_schema(schema)
        if written.get("default") in (None, [], ()):
            written.pop("default", None)
        return written

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchema:
        """A key that does not match is wrong, not merely unknown."""
        written = super().dict_schema(schema)
        for pattern, values in written.pop("patternProperties", {}).items():
            written |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}
        return written

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        """No field needs a title beside its key."""
        return False
