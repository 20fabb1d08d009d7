"""How long a large devenv.yaml takes: load, merge, validate and compile; nothing is written.

`python -m benchmarks.load [SERVICES]` makes a project of so many services (500) in two layers.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from devenv.config import Choice
from devenv.workflows.checkout import load_checkout

REPEATS = 5
HEAD = 'name: large\npython: "3.13"\nextends: base.yaml\nprocesses: {web: sleep infinity}\nservices:\n'


def write_project(folder: Path, services: int) -> Path:
    """A base layer with all the services, and a devenv.yaml that says more of every tenth of them."""
    (folder / "manage.py").touch()
    base = "".join(f"  service-{number}: {described(number)}\n" for number in range(services))
    upper = "".join(f"  service-{number}: {{env: {{N: '{number}'}}}}\n" for number in range(0, services, 10))
    (folder / "base.yaml").write_text(f"services:\n{base}", encoding="utf-8")
    (folder / "devenv.yaml").write_text(HEAD + upper, encoding="utf-8")
    return folder / "devenv.yaml"


def described(number: int) -> str:
    """Definitions in short form, and images of one's own in full form, by turns."""
    own = f'{{image: ghcr.io/acme/search:1, ports: ["{10000 + number}:9200"], env: {{LEVEL: info}}}}'
    return ("postgres:17", "redis:8", own)[number % 3]


def main() -> None:
    services = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with TemporaryDirectory() as folder:
        file = write_project(Path(folder), services)
        taken = []
        for _ in range(REPEATS):
            began = time.perf_counter(), time.process_time()
            checkout = load_checkout(file, Choice())
            taken.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    assert len(checkout.environment.services) == services
    lines = len(checkout.compiled.files["compose.yaml"].splitlines())
    seconds, of_processor = min(taken)
    print(f"{services} services, {lines} lines of compose.yaml: best of {REPEATS} {seconds:.2f} s", end="")
    print(f" ({of_processor:.2f} s of the processor)")


if __name__ == "__main__":
    main()
