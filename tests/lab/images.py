"""Stand-ins are made with mmdebstrap and `docker build`, and pushed to the mirror."""

import hashlib
import json
import os
import shlex
import subprocess
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from tests.lab import mirror, packages
from tests.lab.catalogue import STAND_INS, StandIn, debian
from tests.lab.ground import GROUND, SOURCES, LabError, answer, failure, log_path, run, say

LABEL = "devenv.lab.stand-in"
MADE = GROUND / "made.json"
# One that waits for the network while another unpacks: more than this only queue for the disk.
AT_ONCE = 2

_made_lock = threading.Lock()


def missing() -> list[StandIn]:
    """The stand-ins that the mirror lacks, or that were made from other recipes than today's."""
    made = _made()
    return [
        image
        for image in STAND_INS
        if made.get(image.reference) != fingerprint(image) or not mirror.has(image.repository, image.tag)
    ]


def make(wanted: list[StandIn]) -> None:
    """Make and push, the first ones first. Raises: LabError, when all that can be made is made."""
    under_way: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for image in wanted:
            # A Debian is submitted before its images, so waiting for it never fills the pool.
            references = (debian(suite).reference for suite in image.bases)
            bases = [under_way[reference] for reference in references if reference in under_way]
            under_way[image.reference] = pool.submit(_make_one, image, bases)
    for image in wanted:
        error = under_way[image.reference].exception()
        if isinstance(error, LabError) and not image.required:
            say(f"{image.reference}: left out; {str(error).splitlines()[0].rstrip(':')}")
        elif error is not None:
            raise error


def fingerprint(image: StandIn) -> str:
    """A hash of everything that the image is made from."""
    bases = [fingerprint(debian(suite)) for suite in image.bases]
    values = (image.also_tagged, sorted(image.arguments.items()), sorted(image.machine_folders.items()))
    digest = hashlib.sha256(f"{image.reference} {values} {bases}\n".encode())
    for path in sorted((SOURCES / "images" / image.recipe).rglob("*")):
        if path.is_file():
            # Of the mode only what git keeps: the rest is the checkout's umask.
            digest.update(f"{path.name} {os.access(path, os.X_OK)} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _make_one(image: StandIn, bases: list[Future[None]]) -> None:
    for base in bases:
        base.result()
    began = time.monotonic()
    made_from = fingerprint(image)
    if image.recipe == "debian":
        _bootstrap(image)
    else:
        _build(image)
    built = time.monotonic()
    _push(image)
    _record(image, made_from)
    say(f"{image.reference}: made in {built - began:.1f} s, pushed in {time.monotonic() - built:.1f} s")


def _bootstrap(image: StandIn) -> None:
    """Install a minimal Debian and import it as an image of one layer."""
    recipe = SOURCES / "images" / "debian"
    changes = (f"LABEL {LABEL}={image.reference}", 'CMD ["bash"]')
    log = log_path(_log_name(image))
    with log.open("ab") as errors:
        bootstrap = subprocess.Popen(
            [
                *("mmdebstrap", "--variant=minbase", "--mode=root", "--format=tar"),
                *(f"--dpkgopt={line}" for line in (recipe / "dpkg.cfg").read_text().splitlines()),
                # A mirror that stands still is served long after its lists say that they expired.
                '--aptopt=Acquire::Check-Valid-Until "false"',
                # Before the packages, so that they are unpacked as the files of the recipe say.
                f'--setup-hook=cp -a {shlex.quote(str(recipe / "root"))}/. "$1"',
                *(image.debian, "-", packages.archive_uri()),
            ],
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert bootstrap.stdout is not None
        with bootstrap.stdout as packed:
            options = [part for change in changes for part in ("--change", change)]
            command = ["docker", "import", *options, "-", _pushed_name(image, image.tag)]
            run(command, log=_log_name(image), stdin=packed)
    if bootstrap.wait() != 0:
        raise LabError(failure(f"`mmdebstrap` ended with {bootstrap.returncode}", log))


def _build(image: StandIn) -> None:
    made = _pushed_name(image, image.tag)
    arguments = {"SUITE": image.debian, **image.arguments}
    options = [
        *(f"--build-arg={name}={value}" for name, value in arguments.items()),
        *(f"--build-context={name}={folder}" for name, folder in image.machine_folders.items()),
    ]
    label = ("--label", f"{LABEL}={image.reference}")
    recipe = SOURCES / "images" / image.recipe
    run(
        ["docker", "build", "--progress=plain", *label, *options, "--tag", made, recipe], log=_log_name(image)
    )
    if image.version_variable:
        _add_version(image, made)


def _add_version(image: StandIn, made: str) -> None:
    """Add the variable with the exact version, which only the made image can tell."""
    without = answer(["docker", "image", "inspect", "--format", "{{.Id}}", made])
    version = answer(["docker", "run", "--rm", made, *image.version_command])
    if without is None or version is None:
        raise LabError(f"{image.reference} does not run `{' '.join(image.version_command)}`")
    recipe = f"FROM {made}\nENV {image.version_variable}={version}\n"
    run(["docker", "build", "--tag", made, "-"], log=_log_name(image), stdin=recipe.encode())
    run(["docker", "rmi", without], log=_log_name(image))


def _push(image: StandIn) -> None:
    """Bring it to the mirror, and leave it under its plain name as a pull would."""
    made = _pushed_name(image, image.tag)
    for tag in (image.tag, *image.also_tagged):
        run(["docker", "tag", made, _pushed_name(image, tag)], log=_log_name(image))
        run(["docker", "tag", made, f"{image.name}:{tag}"], log=_log_name(image))
        run(["docker", "push", "--quiet", _pushed_name(image, tag)], log=_log_name(image))


def _pushed_name(image: StandIn, tag: str) -> str:
    return f"{mirror.ADDRESS}/{image.repository}:{tag}"


def _log_name(image: StandIn) -> str:
    return image.reference.replace("/", "-").replace(":", "-")


def _made() -> dict[str, str]:
    try:
        made: dict[str, str] = json.loads(MADE.read_text())
    except FileNotFoundError:
        return {}
    return made


def _record(image: StandIn, made_from: str) -> None:
    with _made_lock:
        MADE.write_text(json.dumps(_made() | {image.reference: made_from}, indent=2) + "\n")
