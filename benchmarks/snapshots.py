"""A database of 200 MB: a snapshot, its way back, and the same by a dump.

`python -m benchmarks.snapshots [--megabytes 200] [--turns 5]` starts a PostgreSQL of its own and
runs the scripts of its definition, as `devenv db` does; then pg_dump and pg_restore in the same container.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Callable
from statistics import median

import yaml

from devenv.config import templates_folder

NAME = f"dvt-bench-snapshots-{os.getpid()}"
ENV = {"POSTGRES_USER": "app", "POSTGRES_PASSWORD": "app", "POSTGRES_DB": "app"}
ROW_BYTES = 1100
FILL = "create table filled as select i, repeat(md5(i::text), 32) as text from generate_series(1, {rows}) i"
DUMP = "pg_dump -U app -Fc -Z0 app > /tmp/d"
RESTORE = "dropdb -U app --if-exists x && createdb -U app x && pg_restore -U app -d x /tmp/d"


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def script(name: str, **names: str) -> None:
    text = yaml.safe_load((templates_folder() / "services/postgres.yaml").read_text())["database"][name]
    options = [word for key, value in names.items() for word in ("--env", f"{key}={value}")]
    run("docker", "exec", *options, NAME, "sh", "-c", text)


def shell(text: str) -> None:
    run("docker", "exec", NAME, "sh", "-c", text)


def timed(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def restore() -> None:
    script("copy", FROM="snap", TO="next")
    script("swap", NAME="app", ASIDE="aside", NEXT="next")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    variables = [word for key, value in ENV.items() for word in ("--env", f"{key}={value}")]
    run("docker", "run", "--detach", "--name", NAME, *variables, "postgres:17")
    try:
        while subprocess.run(
            ["docker", "exec", NAME, "psql", "-h", "127.0.0.1", "-U", "app", "-c", "select 1"],
            capture_output=True,
            check=False,
            env={**os.environ, "PGPASSWORD": "app"},
        ).returncode and "ready" not in run("docker", "logs", NAME):
            time.sleep(0.2)
        time.sleep(2)
        shell(f'psql -U app -c "{FILL.format(rows=options.megabytes * 1_000_000 // ROW_BYTES)}"')
        size = run(
            "docker", "exec", NAME, "psql", "-U", "app", "-Atc", "select pg_database_size('app') / 1000000"
        )
        figures: dict[str, list[float]] = {"snapshot": [], "restore": [], "pg_dump": [], "pg_restore": []}
        for _ in range(options.turns):
            figures["snapshot"].append(timed(lambda: script("copy", FROM="app", TO="snap")))
            figures["restore"].append(timed(restore))
            figures["pg_dump"].append(timed(lambda: shell(DUMP)))
            figures["pg_restore"].append(timed(lambda: shell(RESTORE)))
            script("drop", NAME="snap")
            script("drop", NAME="aside")
        print(f"{size.strip()} MB, {options.turns} turns, medians:")
        for name, seconds in figures.items():
            print(f"  {name:<11} {median(seconds):6.2f} s ({min(seconds):.2f} to {max(seconds):.2f})")
        for ours, theirs in (("snapshot", "pg_dump"), ("restore", "pg_restore")):
            print(f"{ours}: {median(figures[ours]) / median(figures[theirs]):.2f} of {theirs}'s time")
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", NAME], capture_output=True, check=False)


if __name__ == "__main__":
    main()
