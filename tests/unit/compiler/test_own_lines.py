"""A user's lines for the Dockerfile: each RUN is given what it needs to trust what the host trusts."""

from __future__ import annotations

import pytest

from devenv.compiler.own_lines import needs_stage, with_certificates

BIND = "--mount=type=bind,from=own-lines,target=/dev/devenv"
OURS = f"--mount=type=secret,id=certificates,mode=0444 {BIND}"


def lines_of(text: str) -> list[str]:
    """The lines between the shell that knows of certificates and the usual one."""
    first, *lines, last = with_certificates(text).split("\n")
    assert (first, last) == ('SHELL ["/dev/devenv/run", "-c"]', 'SHELL ["/bin/sh", "-c"]')
    return lines


@pytest.mark.parametrize("text", ["ENV A=b\nCOPY <<E /x\nRUN true\nE", "# RUN x", "LABEL a=RUN"])
def test_lines_that_run_nothing_stay_as_they_are(text: str) -> None:
    assert with_certificates(text) == text
    assert not needs_stage({"base": text})


def test_what_is_run_is_as_it_was_but_for_its_mounts() -> None:
    assert lines_of("  run  a \\\n\n  RUN b\nENV A=b\nRUN\\\n\tc") == [
        f"  run {OURS}  a \\",
        "",
        "  RUN b",
        "ENV A=b",
        f"RUN {OURS}\\",
        "\tc",
    ]


def test_a_here_document_is_only_read_by_its_own_command() -> None:
    text = "RUN <<E cat\nRUN a\nE\nCOPY <<-F /x\nRUN b\n\tF"
    assert lines_of(text) == [f"RUN {OURS} <<E cat", *text.split("\n")[1:]]


def test_a_list_that_no_shell_reads_begins_with_the_same_program() -> None:
    assert lines_of('RUN --network=none \\\n  ["a", "[b]"]\nRUN [ -f x ]') == [
        f"RUN {OURS} --network=none \\",
        '  ["/dev/devenv/run", "a", "[b]"]',
        f"RUN {OURS} [ -f x ]",
    ]


@pytest.mark.parametrize(
    ("flag", "mounts"),
    [
        ("--mount=type=secret,id=certificates", BIND),
        ("--mount=id=certificates,type=secret,required=true", BIND),
        ("--mount=type=cache,target=/run/secrets/certificates", BIND),
        ("--mount=type=secret,id=certificates,target=/x", OURS),
        ("--mount=type=secret,id=certificates-of-mine", OURS),
    ],
)
def test_what_the_user_mounts_at_the_same_place_stays(flag: str, mounts: str) -> None:
    assert lines_of(f"RUN {flag} a") == [f"RUN {mounts} {flag} a"]


def test_a_keyword_in_two_lines_is_no_text_to_put_anything_into() -> None:
    text = "R\\\nUN a\nRUN b"
    assert with_certificates(text) == text
