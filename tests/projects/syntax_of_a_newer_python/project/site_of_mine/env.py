import os
from typing import Optional

ENV = os.environ


def _value[T](name: str, default: Optional[T] = None) -> str | T:
    try:
        value = ENV[name]
        if len(value) == 0 and default is not None:
            return default
        return value
    except KeyError:
        if default is None:
            raise
        return default


def as_text(name: str, default: Optional[str] = None) -> str:
    return _value(name, default)


def as_list(name: str, default: Optional[list[str]] = None) -> list[str]:
    value = _value(name, default)
    return value if isinstance(value, list) else [each.strip() for each in value.split(",")]


type Names = list[str]
