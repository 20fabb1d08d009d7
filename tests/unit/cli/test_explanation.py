"""An explanation as people read it."""

from __future__ import annotations

from devenv.cli.explanation import explanation_text
from devenv.compiler.differences import GeneratedLine
from devenv.workflows.explain import Explanation


def test_a_text_inside_the_dockerfile_is_one_place() -> None:
    texts = [
        'COPY <<"EOF" /opt/index.py',
        "import os",
        "def x():",
        "    pass",
        "EOF",
        "RUN a \\",
        "    b",
        "RUN c",
    ]
    lines = [
        GeneratedLine("Dockerfile", number, text) for number, text in enumerate(texts, 49) if number != 51
    ]
    found = Explanation(key="app.dependencies.as_of", kind="set", value="2020-05-08", lines=tuple(lines))
    assert explanation_text(found).partition("became\n")[2].splitlines() == [
        '  .devenv/Dockerfile:49-53: COPY <<"EOF" /opt/index.py …',
        "  .devenv/Dockerfile:54-55: RUN a \\ …",
        "  .devenv/Dockerfile:56: RUN c",
    ]
