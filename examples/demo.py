"""`make demo`: bring up the bookstore, show that it answers, leave it watching (or running)."""

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
REPORT_TIMEOUT_SECONDS = 60


def main() -> None:
    """The demo, step by step."""
    devenv("up", "-d")
    url = devenv("url", capture=True).strip()
    show_books(url)
    show_report(url)
    print(f"\nthe bookstore is at {url}, its API at {url}api/")
    if sys.stdout.isatty():
        print("it is being watched now: edit examples/bookstore/catalog/serializers.py and reload\n")
        devenv("watch")
    else:
        print("`devenv watch` sends every save into it, `devenv down` ends it")


def show_books(url: str) -> None:
    """Rows from Postgres, by way of the API."""
    books = ask(f"{url}api/books/")
    print(f"\nGET /api/books/ → {books['count']} rows from Postgres:")
    for book in books["results"][:3]:
        print(f"  {book['title']} by {', '.join(author['name'] for author in book['authors'])}")


def show_report(url: str) -> None:
    """A task that an endpoint starts, the worker computes, and another endpoint reads."""
    report = ask(f"{url}api/reports/", body={"days": 30})
    deadline = time.monotonic() + REPORT_TIMEOUT_SECONDS
    while report["status"] not in {"done", "failed"} and time.monotonic() < deadline:
        time.sleep(0.1)
        report = ask(f"{url}api/reports/{report['id']}/")
    if report["status"] != "done":
        sys.exit(f"the report is still {report['status']}: see `devenv logs worker`")
    print(f"\nPOST /api/reports/ → computed by Celery from Postgres: {json.dumps(report['result'])[:100]}")


def ask(url: str, body: dict | None = None) -> dict:
    """JSON there and back."""
    data = json.dumps(body).encode() if body is not None else None
    request = Request(url, data, {"Content-Type": "application/json", "Accept": "application/json"})
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def devenv(*arguments: str, capture: bool = False) -> str:
    """Run devenv as a user would; end with its exit code where it fails."""
    command = [sys.executable, "-m", "devenv", *arguments]
    result = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE if capture else None, text=True, check=False
    )
    if result.returncode:
        sys.exit(result.returncode)
    return result.stdout or ""


if __name__ == "__main__":
    main()
