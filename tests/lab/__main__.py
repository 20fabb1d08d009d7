"""`python3 -m tests.lab up`: make this machine able to run everything the project has."""

import argparse
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab import engine, images, mirror, packages
from tests.lab.catalogue import STAND_INS
from tests.lab.ground import GROUND, LabError, say


def up() -> None:
    """Bring up what is missing, in the order in which it is needed. Raises: LabError."""
    if os.environ.get("DEVENV_LAB") == "off":
        say("DEVENV_LAB=off: nothing to do")
        return
    if engine.ENGINE.pid() is None and engine.answers():
        leave_alone_or_refuse()
        return
    require_a_machine_the_lab_may_change()
    with only_one_at_a_time():
        if wanted := packages.missing():
            say(f"packages: installing {', '.join(wanted)}")
            packages.install(wanted)
        for start, daemon in ((mirror.start, mirror.MIRROR), (engine.start, engine.ENGINE)):
            if daemon.pid() is None or not daemon.answers():
                start()
                say(f"{daemon.name}: started")
        if stand_ins := images.missing():
            say(f"images: making {', '.join(image.reference for image in stand_ins)}")
            images.make(stand_ins)
    say("ready")


def leave_alone_or_refuse() -> None:
    """An engine that the lab did not start is used as it is. Raises: LabError, where it cannot pull."""
    if not engine.can_pull():
        raise LabError(
            "an engine that the lab did not start runs here, and it cannot pull images; "
            "give it a registry it can reach, or stop it and run this again"
        )
    say("an engine is here and can pull images: nothing to do")


def require_a_machine_the_lab_may_change() -> None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise LabError(
            "no engine answers, and the lab can install one only as root on Debian; start your engine first"
        )
    if host := os.environ.get("DOCKER_HOST"):
        raise LabError(
            f"DOCKER_HOST={host} does not answer; start that engine, or unset it for the lab's own"
        )


def down() -> None:
    """Stop what the lab started, and nothing else. Raises: LabError."""
    for daemon in (engine.ENGINE, mirror.MIRROR):
        say(f"{daemon.name}: {'stopped' if daemon.stop() else 'was not started by the lab'}")


def status() -> None:
    for daemon in (engine.ENGINE, mirror.MIRROR):
        pid = daemon.pid()
        owner = f"started by the lab as process {pid}" if pid else "not started by the lab"
        print(f"{daemon.name}: {'answers' if daemon.answers() else 'does not answer'}, {owner}")
    missing = {image.reference for image in images.missing()}
    for image in STAND_INS:
        print(f"{image.reference}: {'missing' if image.reference in missing else 'in the mirror'}")


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    GROUND.mkdir(parents=True, exist_ok=True)
    with (GROUND / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another `up` is at work: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


COMMANDS = {"up": up, "status": status, "down": down}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    command = COMMANDS[parser.parse_args().command]
    try:
        command()
    except LabError as error:
        print(f"lab: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
