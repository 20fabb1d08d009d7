"""The engine and its tools, from Debian. The machine's own apt configuration is read, never changed."""

import os
import shutil
from contextlib import contextmanager
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lab.ground import GROUND, LabError, answer, run, say

# The first release whose engine, compose and buildx are recent enough for devenv.
TOOLS_SUITE = "trixie"
TOOLS = ("docker.io", "docker-cli", "docker-compose", "docker-buildx", "docker-registry")
HOST_TOOLS = ("iptables", "debootstrap")
PROGRAMS = ("docker", "dockerd", "docker-registry", "iptables", "debootstrap")

APT = GROUND / "apt"
POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True)
class Archive:
    """The Debian archive that this machine installs from."""

    uri: str
    keyring: str


def installed() -> bool:
    programs = all(shutil.which(program) for program in PROGRAMS)
    return programs and all(answer(["docker", plugin, "version"]) for plugin in ("compose", "buildx"))


def install() -> None:
    """Install the tools from a newer Debian, with everything they need from the machine's own. Raises: LabError."""
    say(f"packages: installing {', '.join(TOOLS + HOST_TOOLS)}")
    options = _private_apt(archive())
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", *options, "update"], log="packages", environment=environment)
    wanted = [f"{package}/{TOOLS_SUITE}" for package in TOOLS] + list(HOST_TOOLS)
    with _services_not_started():
        run(
            [
                *("apt-get", *options, "install", "--yes", "--no-install-recommends"),
                *("-o", "Dpkg::Options::=--force-unsafe-io", *wanted),
            ],
            log="packages",
            environment=environment,
        )


def archive() -> Archive:
    """Where apt gets this machine's release from. Raises: LabError."""
    codename = answer(["sh", "-c", '. /etc/os-release && echo "$VERSION_CODENAME"'])
    listing = answer(
        [
            *("apt-get", "indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)"),
            "Created-By: Packages",
        ]
    )
    for line in (listing or "").splitlines():
        uri, release, component, keyring = line.split("|")
        if (release, component) == (codename, "main"):
            return Archive(uri, keyring or "/usr/share/keyrings/debian-archive-keyring.gpg")
    raise LabError(f"apt's configuration names no source for {codename}, so the lab cannot install an engine")


def _private_apt(source: Archive) -> list[str]:
    """Options for an apt that also knows the tools' suite, behind everything the machine prefers."""
    shutil.rmtree(APT, ignore_errors=True)
    shutil.copytree("/etc/apt/sources.list.d", APT / "sources")
    if Path("/etc/apt/sources.list").exists():
        shutil.copy("/etc/apt/sources.list", APT / "sources" / "machine.list")
    (APT / "sources" / "lab.list").write_text(
        f"deb [signed-by={source.keyring}] {source.uri} {TOOLS_SUITE} main\n"
    )
    (APT / "preferences").mkdir()
    (APT / "preferences" / "lab").write_text(
        f"Package: *\nPin: release n={TOOLS_SUITE}\nPin-Priority: 100\n"
    )
    (APT / "lists" / "partial").mkdir(parents=True)
    settings = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": APT / "sources",
        "Dir::Etc::PreferencesParts": APT / "preferences",
        "Dir::State::Lists": APT / "lists",
    }
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]


@contextmanager
def _services_not_started() -> Iterator[None]:
    """Keep the packages from starting services: the lab's engine would meet one that is not its own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
