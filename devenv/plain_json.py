"""JSON, read and quoted by the interpreter's own scanner.

The package `json` imports `re` and `enum`, which takes longer than the two calls to an engine of an `up` that
finds nothing to do.
"""

try:
    from _json import encode_basestring_ascii as quoted
    from _json import make_scanner
except ImportError:  # another Python than CPython
    from json import JSONDecoder
    from json import dumps as quoted

    def make_scanner(_: object) -> "Callable[[str, int], tuple[Any, int]]":  # type: ignore[no-redef]
        return JSONDecoder().raw_decode


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["loads", "quoted"]

BLANK = " \t\n\r"


class _Plain:
    """How values become Python's: as the package's own `loads` does it."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float


def loads(text: str) -> "Any":
    """The value. Raises ValueError."""
    begin = len(text) - len(text.lstrip(BLANK))
    try:
        value, end = make_scanner(_Plain)(text, begin)  # type: ignore[arg-type]
    except StopIteration:
        raise ValueError("this is no JSON") from None
    if text[end:].strip(BLANK):
        raise ValueError("something follows the JSON")
    return value
