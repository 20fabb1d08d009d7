"""What is wrong with YAML that cannot be parsed, in words that say what to do.

The C parser and the pure one word the same mistake differently; what stands at the mark is the same.
"""

from __future__ import annotations

_BY_CHARACTER = {
    "\t": "a tab: YAML is indented with spaces",
    "@": 'a value cannot begin with @: put it in quotes, "@…"',
    "`": "a value cannot begin with a backtick: put it in quotes",
    "%": 'a value cannot begin with %: put it in quotes, "%…"',
}

_NOT_CLOSED = "a bracket that is opened and never closed, or a value missing"
_KEY_EXPECTED = "expected `key: value` at the indentation of the lines above"

_BY_PROBLEM = {
    "tab character": _BY_CHARACTER["\t"],
    "mapping values are not allowed": (
        "a `:` too many: put a value that holds `: ` in quotes, and check the indentation here and above"
    ),
    "alphabetic or numeric character": "a value cannot begin with * or &, as aliases do: put it in quotes",
    "end of stream": "a quote that is opened and never closed",
    "stream end": _NOT_CLOSED,
    "node content": _NOT_CLOSED,
    "',' or '}'": "expected `,` or `}` in the mapping that { opens",
    "',' or ']'": "expected `,` or `]` in the list that [ opens",
    "unknown escape": "in double quotes a backslash begins an escape: write it twice, or use single quotes",
    "'-' indicator": "expected another list item (`- …`) at this indentation",
    "expected key": _KEY_EXPECTED,
    "<block end>": _KEY_EXPECTED,
    "could not find expected ':'": "expected `key: value`, found no `:`",
}


def explain(problem: str, character: str) -> str:
    """The parser's `problem`, at `character`, in our words."""
    if "cannot start any token" in problem and character in _BY_CHARACTER:
        return _BY_CHARACTER[character]
    for part, words in _BY_PROBLEM.items():
        if part in problem:
            return words
    return f"not valid YAML: {problem}"
