"""Lines of one's own for the Dockerfile: what may stand there as it is, and what would break the rest."""

from __future__ import annotations

import pytest

from devenv.config.fragments import problems_of


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RUN true",
        "run true\n\n# a comment\nENV A=b \\\n  # another\n\n  C=d\n",
        "RUN echo $((1<<2)) '<<EOF' \"<<EOF\"",
        "RUN cat <<EOF > /x\nFROM here on it is text\nEOF\nUSER app",
        "RUN <<-'END OF IT' python\n\tprint(1)\n\tEND OF IT\n",
        "COPY <<A <<B /x/\na\nA\nb\nB\nRUN true",
        "RUN echo a \\ \nRUN is an argument here",
        'LABEL team="dev.devenvious"',
    ],
)
def test_lines_that_stay_within_their_stage_are_taken(text: str) -> None:
    assert [*problems_of(text)] == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("RUN true\nFROM x", 2, "FROM cannot stand here: it would begin another stage"),
        ("RUN <<EOF\nx\nEOF\nCMD x", 4, "CMD cannot stand here"),
        ("RUN <<EOF\nx\n EOF", 1, "the here-document <<EOF is never closed"),
        ("COPY <<A <<B /x/\nB\nA\n", 1, "the here-document <<B is never closed"),
        ("RUN x \\", 1, "it ends with \\"),
        ("RUN x \\\n# nothing follows\n", 1, "it ends with \\"),
        ("RUN x \\\n FROM y\nVOLUME /x", 3, "VOLUME cannot stand here: write app.volumes"),
        ('LABEL "com.docker.compose.project"=x', 1, "labels that begin with dev.devenv."),
        ("R\\\nUN x\nRUNX", 3, "RUNX is no instruction that may stand here"),
        (f"RUN {'x' * 70_000}", 1, "the builder reads no line of more than 65,000 bytes"),
    ],
)
def test_what_would_break_the_rest_is_found_at_its_line(text: str, line: int, words: str) -> None:
    [(found, message)] = problems_of(text)

    assert (found, message[: len(words)]) == (line, words)
