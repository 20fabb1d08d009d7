"""Characters that look like YAML's own and are none, as word processors and web pages leave them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SPACE = "a space"
_NOTHING = "nothing"
_PLAIN: Mapping[str, tuple[str, str]] = {
    "\u00a0": ("a no-break space", _SPACE),
    "\u2007": ("a figure space", _SPACE),
    "\u202f": ("a narrow no-break space", _SPACE),
    "\u3000": ("an ideographic space", _SPACE),
    **{chr(code): ("a space of another width", _SPACE) for code in range(0x2000, 0x200B) if code != 0x2007},
    **dict.fromkeys("\u200b\u200c\u200d\u2060", ("an invisible character", _NOTHING)),
    "\uff1a": ("a full-width colon", "`:`"),
    "\uff0c": ("a full-width comma", "`,`"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", ("a typographic quote", 'the straight quote, "')),
    **dict.fromkeys("\u2018\u2019", ("a typographic quote", "the straight quote, '")),
}
SPACES = "".join(each for each, (_, plain) in _PLAIN.items() if plain in {_SPACE, _NOTHING})
_BREAKING = re.compile(rf"^ *(?:- +)*(?:([{SPACES}])|[\w.-]+:([{SPACES}])|[\w.-]+(\uff1a))")


def told(character: str) -> str:
    """What a character is and what to write instead, "" for any other."""
    if character not in _PLAIN:
        return ""
    what, plain = _PLAIN[character]
    remedy = "remove it" if plain is _NOTHING else f"write {plain}"
    code = f"U+{ord(character):04X}"
    return f"{code if plain in {_SPACE, _NOTHING} else f'{character} ({code})'} is {what}: {remedy}"


def breaking(line: str) -> int | None:
    """The index of the first character that makes a line another than it looks."""
    found = _BREAKING.search(line)
    return found.start(found.lastindex or 0) if found else None


def within(text: str) -> str:
    """What is to be said of the first such character of a text, "" where it has none."""
    return next(filter(None, map(told, text)), "")
