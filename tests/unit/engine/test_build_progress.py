from __future__ import annotations

from devenv.engine.build_progress import BuildProgress

FAILED = """\
#0 building with "default" instance using docker driver
#1 [web internal] load build definition from Dockerfile
#1 transferring dockerfile: 157B done
#1 DONE 0.1s
#5 [web dev 1/3] FROM docker.io/library/python:3.13-slim
#5 CACHED
#6 [web dev 2/3] RUN apt-get install libmagic9
#6 0.412 Reading package lists...
#6 1.204 E: Unable to locate package libmagic9
#6 ERROR: process "/bin/sh -c apt-get" did not complete successfully: exit code: 100
------
 > [web dev 2/3] RUN apt-get install libmagic9:
1.204 E: Unable to locate package libmagic9
------
failed to solve: process "/bin/sh -c apt-get" did not complete successfully: exit code: 100
"""


def feed(text: str) -> tuple[BuildProgress, list[str]]:
    progress = BuildProgress()
    told = [progress.feed(line) for line in text.splitlines()]
    return progress, [line for line in told if line is not None]


def test_steps_and_what_they_print_are_shown_and_bookkeeping_is_not() -> None:
    assert feed(FAILED)[1] == [
        "[web dev 1/3] FROM docker.io/library/python:3.13-slim",
        "[web dev 1/3] FROM docker.io/library/python:3.13-slim: cached",
        "[web dev 2/3] RUN apt-get install libmagic9",
        "  Reading package lists...",
        "  E: Unable to locate package libmagic9",
        "[web dev 2/3] RUN apt-get install libmagic9: ERROR: process "
        '"/bin/sh -c apt-get" did not complete successfully: exit code: 100',
    ]


def test_a_failure_is_the_step_and_the_end_of_its_output() -> None:
    assert feed(FAILED)[0].failure() == (
        "[web dev 2/3] RUN apt-get install libmagic9\n"
        "Reading package lists...\n"
        "E: Unable to locate package libmagic9"
    )


def test_a_step_is_told_as_it_was_written_without_what_it_needs_of_the_host() -> None:
    ours = "--mount=type=secret,id=certificates,mode=0444 --mount=type=bind,from=own-lines,target=/dev/devenv"
    trusting = "certificates=/run/secrets/certificates;     if [ -s $certificates ]; then export A=b; fi;"
    _, told = feed(
        f"#5 [web base 2/6] RUN {ours} --mount=type=ssh pip install x\n"
        f'#6 [web base 3/6] RUN {ours} ["/dev/devenv/run", "npm", "ci"]\n'
        "#7 [web base 4/6] RUN --mount=type=secret,id=certificates     "
        f"--mount=type=cache,id=devenv-uv,target=/root/.cache/uv     {trusting}     uv sync --frozen\n"
    )
    assert told == [
        "[web base 2/6] RUN --mount=type=ssh pip install x",
        '[web base 3/6] RUN ["npm", "ci"]',
        "[web base 4/6] RUN uv sync --frozen",
    ]


def test_a_failing_step_that_printed_nothing_is_told_with_its_error() -> None:
    text = "#2 [web internal] load metadata for python:3.99\n#2 ERROR: not found\n"
    assert feed(text)[0].failure() == "[web internal] load metadata for python:3.99\nERROR: not found"


def test_a_failure_outside_of_any_step_is_its_last_lines() -> None:
    text = "#1 [internal] load\n#1 DONE 0.1s\n\nfailed to solve: dockerfile parse error on line 2\n"
    assert feed(text)[0].failure() == "failed to solve: dockerfile parse error on line 2"


def test_the_steps_of_two_builds_at_once_are_kept_apart() -> None:
    text = "#1 [a 1/1] RUN x\n#2 [b 1/1] RUN y\n#1 0.1 from x\n#2 0.1 from y\n#2 ERROR: exit code: 1\n"
    assert feed(text)[0].failure() == "[b 1/1] RUN y\nfrom y"
