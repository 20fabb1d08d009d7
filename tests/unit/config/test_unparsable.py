"""What cannot be parsed: where the mistake was made, and what it is."""

from __future__ import annotations

import pytest

from devenv.config.loader import Unparsable, read_document

AFTER_A_QUOTE = "text after a closing quote: put the whole value in quotes; within '…' a ' is written ''"
INDENTED = "write a space; YAML is indented with plain spaces"
MISTAKES = {
    "a: {b: c\nd: e\n": "1:4 this `{` is never closed: a `}` is missing, or a `,` is missing before line 2",
    "a: {b: c\n": "1:4 this `{` is never closed: a `}` is missing",
    "a: {b: c,\n": "1:4 this `{` is never closed: a `}` is missing",
    "a: {b: c, d: {e: f}\ng: h\n": (
        "1:4 this `{` is never closed: a `}` is missing, or a `,` is missing before line 2"
    ),
    "a: {b: c, d: {e: f\n": "1:14 this `{` is never closed: a `}` is missing",
    "a: [b, c\nd: e\n": "1:4 this `[` is never closed: a `]` is missing, or a `,` is missing before line 2",
    "a: [\n": "1:4 this `[` is never closed: a `]` is missing",
    "a:\r\n  b: {c: d\r\ne: f\r\n": (
        "2:6 this `{` is never closed: a `}` is missing, or a `,` is missing before line 3"
    ),
    "a: {b: c}}\n": "1:10 a `}` too many",
    "a: {b: c]\n": "1:9 expected `,` or `}` in the mapping that { opens",
    "a: {\n  b: c,,\n}\n": "2:8 a value is missing before this `,`",
    "a: 'it's'\n": f"1:8 {AFTER_A_QUOTE}",
    'a: "b" c\n': f"1:8 {AFTER_A_QUOTE}",
    'a: "b\nc: d\n': "1:4 a quote that is opened and never closed",
    "a: b: c\n": "1:5 a `: ` within a value: put the whole value in quotes",
    "a: b\n  c: d\n": "2:3 indented deeper than `a` above, which has a value: begin both in one column",
    'a = "b"\nc: d\n': '1:1 expected `key: value`, found no `:`: write `a: "b"`',
    "// a\nb: c\n": "1:1 expected `key: value`, found no `:`; a comment begins with #",
    "a: b\n<<<<<<< HEAD\nc: d\n=======\nc: e\n>>>>>>> main\n": "2:1 a conflict of git's that is not settled",
    "a:\n  - *.log\n": "2:5 a value cannot begin with * or &, as aliases do: put it in quotes",
    "a: [!media/]\n": "1:5 a value cannot begin with !, as tags do: put it in quotes",
    "a: &verbose {b: c}\nd: *verbos\n": (
        "2:4 no anchor &verbos comes before the alias *verbos; did you mean *verbose?"
    ),
    'a: "C:\\Users"\n': (
        "1:9 in double quotes a backslash begins an escape: write it twice, or use single quotes"
    ),
    "a:\n\tb: c\n": "2:1 a tab: YAML is indented with spaces",
    "a:\n\u00a0\u00a0b: c\n": f"2:1 U+00A0 is a no-break space: {INDENTED}",
    "a:\n\u3000b: c\n": f"2:1 U+3000 is an ideographic space: {INDENTED}",
    "a:\u00a0b\nc: d\n": "1:3 U+00A0 is a no-break space: write a space",
    "a\uff1ab\nc: d\n": "1:2 \uff1a (U+FF1A) is a full-width colon: write `:`",
    'a: ["b"\uff0c"c"]\n': "1:8 \uff0c (U+FF0C) is a full-width comma: write `,`",
    'a: ["b", \u201cc, d\n': "1:4 this `[` is never closed: a `]` is missing",
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.items(), ids=[repr(each) for each in MISTAKES])
def test_what_cannot_be_parsed_is_told_where_it_was_written(text: str, said: str) -> None:
    with pytest.raises(Unparsable) as raised:
        read_document(text.encode(), "devenv.yaml")

    assert raised.value.details.splitlines()[0] == f"devenv.yaml:{said}"


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  \u00a0quoted by a block\n",
        'a: "\u00a0b"\n',
        "a: Prix:\u00a0x\n",
        "a: b\uff1ac\n",
        "# a\u00a0comment: \u201cx\u201d\na: b\n",
    ],
)
def test_such_characters_may_stand_in_values(text: str) -> None:
    assert read_document(text.encode(), "devenv.yaml").problems == ()
