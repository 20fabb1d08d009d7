"""The container engine of the lab, and what there is to know about one that is here already."""

import json

from tests.lab.ground import GROUND, answer
from tests.lab.mirror import MIRROR_URL
from tests.lab.processes import Daemon

SETTINGS = GROUND / "engine.json"

# Something small and official: an engine that pulls this pulls everything the project needs.
PROBE = "hello-world"


def answers() -> bool:
    return answer(["docker", "version", "--format", "{{.Server.Version}}"], timeout_seconds=10) is not None


def can_pull() -> bool:
    return answer(["docker", "pull", "--quiet", PROBE], timeout_seconds=60) is not None


ENGINE = Daemon(name="dockerd", command=("dockerd", "--config-file", SETTINGS), answers=answers)


def start() -> None:
    """Start the engine with the lab's own data folder. Raises: LabError."""
    settings = {
        "data-root": str(GROUND / "docker"),
        "registry-mirrors": [MIRROR_URL],
        # The default pools hold about thirty networks; parallel test runs use more.
        "default-address-pools": [{"base": "172.20.0.0/14", "size": 24}],
    }
    GROUND.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text(json.dumps(settings, indent=2) + "\n")
    ENGINE.start()
