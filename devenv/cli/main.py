"""The whole policy of a run: a known failure, an interrupt, a bug; each has its words and exit code."""

from __future__ import annotations

import errno
import io
import os
import sys

from devenv import __version__

TYPE_CHECKING = (
    False  # the import of typing takes longer than what there is to say where nothing is to be done
)
if TYPE_CHECKING:
    from rich.console import Console

    from devenv.errors import DevenvError

EXIT_BUG = 70
EXIT_INTERRUPTED = 130
OF_THE_MACHINE = frozenset(
    (
        errno.EACCES,
        errno.EEXIST,
        errno.EPERM,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ENOSPC,
        errno.EROFS,
        errno.EMFILE,
    )
)
LABELS = {"cause": "yellow", "hint": "cyan"}
COMPLETION = "_DEVENV_COMPLETE"
PLAIN_UP = (["up", "-d"], ["up", "--detach"])


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command line; returns the exit code."""
    _have_streams()
    try:
        code = _run(arguments)
        sys.stdout.flush()  # what goes wrong with it is to be said here
        return code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader went away: nothing left to say
        _say_no_more()
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            _say_no_more()
        return _failed(error, arguments)


def _run(arguments: list[str]) -> int:
    if COMPLETION in os.environ and (code := _complete()) is not None:
        return code
    if arguments in PLAIN_UP and _has_nothing_to_do():
        return 0
    from devenv.cli.app import run_app

    return run_app(arguments)


def _complete() -> int | None:
    """Answer what a shell asks; None where it asks for nothing."""
    from devenv.cli.completing import answer
    from devenv.cli.shells import question_of

    question = question_of(os.environ)
    return answer(question, os.environ) if question else None


def _say_no_more() -> None:
    """What is written to stdout and cannot be goes to nowhere, at the interpreter's end, too."""
    from contextlib import suppress

    with suppress(io.UnsupportedOperation), open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _failed(error: Exception, arguments: list[str]) -> int:
    from devenv.errors import DevenvError

    known = of_the_machine(error) if isinstance(error, OSError) else error
    if isinstance(known, DevenvError):
        report(known)
        return known.exit_code
    report_bug(error, arguments)
    return EXIT_BUG


def of_the_machine(error: OSError) -> DevenvError | None:
    """A file that cannot be read or written, a disk that is full: nobody's bug; None for other trouble."""
    from devenv.errors import DevenvError

    if error.errno not in OF_THE_MACHINE:
        return None
    what = error.filename or ("the output" if error.errno == errno.ENOSPC else "the current folder")
    return DevenvError(
        f"{what}: {(error.strerror or str(error)).lower()}",
        hint="check that it is there, the free space, and who owns it",
    )


def _have_streams() -> None:
    """Closed streams write to nowhere; what an encoding lacks (LANG=C) becomes an escape."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115 open as long as the program is
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _has_nothing_to_do() -> bool:
    """Whether all is as the last `up` left it; said before what would act is even loaded."""

    from devenv.workflows.settled import answer_if_settled

    answer = answer_if_settled(os.getcwd(), os.environ)  # noqa: PTH109 pathlib is not loaded yet
    if answer is not None:
        sys.stderr.write(f"{answer}\n")
    return answer is not None


def report(error: DevenvError) -> None:
    """Say on stderr what happened, the evidence, and the next thing to try."""
    from rich.console import Console

    from devenv.dashboard.words import explanation
    from devenv.errors import ConfigError
    from devenv.events import Failed

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]error:[/] {_escaped(error.summary)}")
    for text in explanation(Failed.by(error)):
        label, colon, rest = text.partition(": ")
        if colon and label in LABELS:
            console.print(f"[bold {LABELS[label]}]{label}:[/] {_escaped(rest)}")
        else:
            console.print(_escaped(text))
    if isinstance(error, ConfigError) and error.topics:
        _report_topics(console, error.topics)


def _report_topics(console: Console, topics: tuple[str, ...]) -> None:
    """Where the reference is about this: a command, which is a link where the terminal knows links."""
    import shlex

    from devenv.config.locate import docs_folder

    link = (docs_folder() / "devenv-yaml.md").as_uri()
    commands = (f"[link={link}]devenv help {shlex.quote(topic)}[/link]" for topic in topics)
    console.print(f"[bold cyan]reference:[/] {', '.join(commands)}")


def report_bug(error: BaseException, arguments: list[str]) -> None:
    """Keep the traceback in a file and say where, so that it can be pasted into a report."""
    import tempfile
    import traceback
    from pathlib import Path

    lines = [
        f"devenv {__version__}, Python {sys.version.split()[0]}, {sys.platform}",
        f"arguments: {arguments}",
        "",
        *traceback.format_exception(error),
    ]
    descriptor, path = tempfile.mkstemp(prefix="devenv-bug-", suffix=".log", text=True)
    os.close(descriptor)
    Path(path).write_text("\n".join(lines), encoding="utf-8")
    sys.stderr.write(f"error: a bug in devenv: {type(error).__name__}: {error}\n")
    sys.stderr.write(f"hint: nothing of yours was touched on purpose; please report it with {path}\n")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
