"""A program whose wall clock is set by others while it runs, as a machine's is; it stands for `python`.

    python tests/set_clock.py FILE [python] -m MODULE ARGUMENT...
    python tests/set_clock.py FILE [python] -I FOLDER ARGUMENT...

FILE says by how many hours the clock is off, and is read whenever the program asks for the time. Files keep
the times that the system gives them: a clock that was set is off from them, too.
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

HOUR_NS = 3600 * 1_000_000_000
SYSTEM_NS = time.time_ns


def main() -> None:
    file, *command = sys.argv[1:]
    if Path(command[0]).name.startswith("python"):
        del command[0]
    flag, program = command[:2]
    sys.argv = command[1:]

    def now_ns() -> int:
        return SYSTEM_NS() + int(Path(file).read_text("ascii")) * HOUR_NS

    time.time_ns = now_ns
    time.time = lambda: now_ns() / 1e9
    if flag == "-m":
        sys.path[0] = str(Path.cwd())
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(program, run_name="__main__")


def python_by(file: Path) -> tuple[str, ...]:
    """What to call in place of `python`."""
    return (sys.executable, str(Path(__file__).resolve()), str(file))


def put_clock(file: Path, hours: int) -> None:
    """Set it, for whoever runs by it."""
    new = file.with_suffix(".new")
    new.write_text(str(hours), "ascii")
    new.replace(file)


if __name__ == "__main__":
    main()
