"""The reference in the model: every key says what it means."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from devenv.config import container_model, model, process_model, section, service_model

MODELS = {
    each
    for module in (container_model, model, process_model, section, service_model)
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, section.Section) and each is not section.Section
}
NO_EXAMPLE = {
    "app",
    "sync",
    "env",
    "command",
    "volume",
    "health_check",
    "gives",
    "folder",
    "database",
}  # shown by their own keys


def fields(of: type[BaseModel]) -> Iterator[str]:
    for name, field in of.model_fields.items():
        if not field.description or not (field.examples or name in NO_EXAMPLE):
            yield f"{of.__name__}.{name}"


def test_every_key_has_a_description_and_an_example() -> None:
    assert [name for each in sorted(MODELS, key=lambda each: each.__name__) for name in fields(each)] == []
