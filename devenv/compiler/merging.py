"""Raw keys of the compose file over ours."""

from __future__ import annotations

from collections.abc import Mapping

from devenv.compiler import words

# Of these both what is ours and what is written stays; any other key that is written replaces ours.
_ADDED_TO = frozenset({"labels", "tmpfs", "networks", "volumes", "secrets", "configs"})


def merged(ours: Mapping[str, object], raw: Mapping[str, object]) -> dict[str, object]:
    """`ours` with the raw keys, in which compose interpolates nothing either."""
    result = dict(ours)
    for key, value in raw.items():
        written, there = words.without_interpolation(value), result.get(key)
        if key in _ADDED_TO and isinstance(there, Mapping) and isinstance(written, Mapping):
            result[key] = {**there, **written}
        elif key in _ADDED_TO and isinstance(there, list):
            result[key] = [*there, *(written if isinstance(written, list) else [written])]
        else:
            result[key] = written
    return result
