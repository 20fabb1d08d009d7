"""The registry that stands before the public one, so that plain image names can be pulled."""

import json
import urllib.error
import urllib.request

from tests.lab.ground import GROUND
from tests.lab.processes import Daemon

ADDRESS = "127.0.0.1:5000"
MIRROR_URL = f"http://{ADDRESS}"
SETTINGS = GROUND / "registry.json"
MANIFESTS = ", ".join(
    f"application/vnd.{kind}"
    for kind in (
        "docker.distribution.manifest.v2+json",
        "oci.image.manifest.v1+json",
        "oci.image.index.v1+json",
    )
)


def answers() -> bool:
    return _status("/v2/") == 200


def has(repository: str, tag: str) -> bool:
    return _status(f"/v2/{repository}/manifests/{tag}") == 200


MIRROR = Daemon(name="docker-registry", command=("docker-registry", "serve", SETTINGS), answers=answers)


def start() -> None:
    """Start the registry with the lab's own storage. Raises: LabError."""
    # JSON is YAML, which is what the registry reads.
    settings = {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(GROUND / "registry")}},
        "http": {"addr": ADDRESS},
    }
    GROUND.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text(json.dumps(settings, indent=2) + "\n")
    MIRROR.start()


def _status(path: str) -> int | None:
    """The registry's answer, asked directly: a proxy of the machine has no business with it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(MIRROR_URL + path, method="HEAD", headers={"Accept": MANIFESTS})
    try:
        with opener.open(request, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None
