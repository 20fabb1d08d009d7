"""Lines of a Dockerfile as the builder reads them: tests/contract/test_own_lines.py asks it."""

from __future__ import annotations

import pytest

from devenv.config.instructions import instructions_of


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("RUN a\n\n# b\n  copy c d\n", ["RUN a", "copy c d"]),
        ("RUN a \\\n  # between\n\n  b\nUSER x", ["RUN a   b", "USER x"]),
        ("RUN a \\ \t\r\nb\r\nUSER x", ["RUN a b", "USER x"]),
        ("RUN a\\\\\nUSER x", ["RUN a\\\\", "USER x"]),
        ("RUN\\\n b", ["RUN b"]),
        ("RUN a \\\u00a0\nUSER x", ["RUN a \\\u00a0", "USER x"]),
        ("RUN <<A cat\nUSER x\nA\nUSER y", ["RUN <<A cat", "USER y"]),
        ("RUN cat <<A>b\nUSER x\nA>b\nUSER y", ["RUN cat <<A>b", "USER y"]),
        ("RUN 3<<-'A B' cat\nUSER x\n\t\tA B\nUSER y", ["RUN 3<<-'A B' cat", "USER y"]),
        ('RUN echo "a <<B"\nUSER x', ['RUN echo "a <<B"', "USER x"]),
        ("RUN it's <<B\nUSER x", ["RUN it's <<B", "USER x"]),
        ("RUN echo $((1<<2)) <<<a\nUSER x", ["RUN echo $((1<<2)) <<<a", "USER x"]),
        ('RUN ["a", "<<B"]\nUSER x', ['RUN ["a", "<<B"]', "USER x"]),
        ("ENV A=<<B\nUSER x", ["ENV A=<<B", "USER x"]),
    ],
)
def test_instructions_are_what_the_builder_takes_for_them(text: str, read: list[str]) -> None:
    assert [each.text for each in instructions_of(text)] == read


def test_what_has_no_end_is_the_last_one() -> None:
    [open_line] = instructions_of("RUN a \\\n# nothing")
    [open_text] = instructions_of("RUN <<A\nUSER x")
    assert (open_line.goes_on, open_line.unclosed) == (True, "")
    assert (open_text.goes_on, open_text.unclosed) == (False, "A")


def test_keyword_flags_and_the_form_of_arguments_are_told_apart() -> None:
    read = [
        (each.keyword, each.flags, each.is_in_json)
        for each in instructions_of(
            'run --mount=type=ssh \\\n  --network=none ["a", "b"]\nRUN [ -f x ] && y\nRUN\t["a"] # b\nUSER x'
        )
    ]
    assert read == [
        ("RUN", " --mount=type=ssh   --network=none", True),
        ("RUN", "", False),
        ("RUN", "", True),
        ("USER", "", False),
    ]
