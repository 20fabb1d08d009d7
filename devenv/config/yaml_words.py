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

_BY_PROBLEM = (
    ("tab character", _BY_CHARACTER["\t"]),
    ("mapping values are not allowed", "a `:` too many: put a value that contains `: ` in quotes, and check the "
     "indentation of this line and the one above"),
    ("alphabetic or numeric character", "a value cannot begin with * or & unless it names an anchor: put it in quotes"),
    ("end of stream", "a quote that is opened and never closed"),
    ("stream end", "a bracket that is opened and never closed"),
    ("node content", "a bracket that is opened and never closed, or a value missing"),
    ("',' or '}'", "expected `,` or `}` in the mapping that { opens"),
    ("',' or ']'", "expected `,` or `]` in the list that [ opens"),
    ("unknown escape", "in double quotes a backslash begins an escape: write it twice, or use single quotes"),
    ("'-' indicator", "expected another list item (`- …`) at this indentation"),
    ("expected key", "expected `key: value` at the indentation of the lines above"),
    ("<block end>", "expected `key: value` at the indentation of the lines above"),
    ("could not find expected ':'", "expected `key: value`, found no `:`"),
    ("found duplicate anchor", "an anchor of this name exists already"),
)  # fmt: skip


def explain(problem: str, character: str) -> str:
    """The parser's `problem`, at `character`, in our words."""
    if "cannot start any token" in problem and character in _BY_CHARACTER:
        return _BY_CHARACTER[character]
    for part, words in _BY_PROBLEM:
        if part in problem:
            return words
    return f"not valid YAML: {problem}"
