"""What newer Pythons no longer have, and the last one that did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """`what` went away after Python `last_with`; `instead`: what own code can do about it."""

    what: str
    last_with: str
    instead: str = ""

    @property
    def first_without(self) -> str:
        """The next Python."""
        major, _, minor = self.last_with.partition(".")
        return f"{major}.{int(minor) + 1}"


_MODULES: Mapping[str, str] = {
    **dict.fromkeys(("macpath",), "3.7"),
    **dict.fromkeys(("formatter", "parser", "symbol"), "3.9"),
    **dict.fromkeys(("binhex",), "3.10"),
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), "3.11"),
    **dict.fromkeys(("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3"), "3.12"),
    **dict.fromkeys(("mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr"), "3.12"),
    **dict.fromkeys(("spwd", "sunau", "telnetlib", "uu", "xdrlib"), "3.12"),
}
_INSTEAD = {
    "distutils": "use `packaging` or `setuptools`",
    "imp": "use `importlib`",
    "cgi": "use `email` or `html`",
}

_ATTRIBUTES = (
    (
        r"(?:module 'collections' has no attribute|cannot import name) '(Mapping|MutableMapping|Iterable|"
        r"Callable|Sequence|Hashable|Sized|Set|MutableSet|OrderedDict|Iterator|Container|Generator|Awaitable|Coroutine|"
        r"ByteString|MutableSequence|MappingView|KeysView|ItemsView|ValuesView)'(?: from 'collections'|$)",
        "collections.{}",
        "3.9",
        "import it from collections.abc",
    ),
    (
        r"module 'inspect' has no attribute '(getargspec|formatargspec)'",
        "inspect.{}",
        "3.10",
        "use inspect.signature",
    ),
    (
        r"cannot import name '(getargspec|formatargspec)' from 'inspect'",
        "inspect.{}",
        "3.10",
        "use inspect.signature",
    ),
    (r"module 'asyncio' has no attribute '(coroutine)'", "asyncio.{}", "3.10", "write `async def`"),
    (r"module 'asyncio' has no attribute '(async|get_running_loop_policy)'", "asyncio.{}", "3.6", ""),
    (r"cannot import name '(gcd)' from 'fractions'", "fractions.{}", "3.8", "import it from math"),
    (r"module 'time' has no attribute '(clock)'", "time.{}", "3.7", "use time.perf_counter"),
    (
        r"module 'base64' has no attribute '(encodestring|decodestring)'",
        "base64.{}",
        "3.8",
        "use base64.encodebytes",
    ),
    (r"module 'pkgutil' has no attribute '(ImpImporter)'", "pkgutil.{}", "3.11", ""),
    (
        r"module 'configparser' has no attribute '(SafeConfigParser)'",
        "configparser.{}",
        "3.11",
        "use ConfigParser",
    ),
    (r"module 'ssl' has no attribute '(wrap_socket)'", "ssl.{}", "3.11", "use ssl.SSLContext"),
    (r"module 'unittest' has no attribute '(makeSuite)'", "unittest.{}", "3.12", ""),
    (
        r"module 'ast' has no attribute '(Str|Num|Bytes|NameConstant|Ellipsis)'",
        "ast.{}",
        "3.13",
        "use ast.Constant",
    ),
    (r"'HTMLParser' object has no attribute '(unescape)'", "HTMLParser.{}", "3.8", "use html.unescape"),
    (r"translation\(\) got an unexpected keyword argument '(codeset)'", "gettext's {}", "3.10", ""),
)


def removed_module(dotted: str) -> Removed | None:
    """The module of the standard library that is gone, if this was one."""
    top = dotted.partition(".")[0]
    if top not in _MODULES:
        return None
    return Removed(what=f"the module `{top}`", last_with=_MODULES[top], instead=_INSTEAD.get(top, ""))


def removed_attribute(message: str) -> Removed | None:
    """What an exception says is not in a module of the standard library, if it was there once."""
    first = message.partition("\n")[0]
    for pattern, what, last_with, instead in _ATTRIBUTES:
        if found := re.search(pattern, first):
            return Removed(what=f"`{what.format(found[1])}`", last_with=last_with, instead=instead)
    return None
