"""Logs of real failures (`logs/<kind>/<what>.log`) and the card that each has to get (`.card` beside it).

new: Python 3.13, Django 5.2, psycopg 3; old: Python 3.9, Django 3.2, psycopg2; uv, uvgcc: without and with
a compiler; uv05: uv 0.5.

`python -m tests.unit.cards.known` writes the cards anew; read the diff before you commit it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from devenv.cards.clues import of_no_day
from devenv.cards.kinds import card_for
from devenv.config import load_environment, templates_folder
from devenv.config.environment import Environment
from devenv.dashboard.words import card_lines
from devenv.detect.as_of import AsOf, Committed
from devenv.errors import Card, Failure

HERE = Path(__file__).parent
PROJECT = HERE / "project"
LOGS = sorted((HERE / "logs").glob("*/*.log"))
MODULES = (
    "shop",
    "shop.catalog",
    "shop.catalog.migrations",
    "shop.catalog.migrations.0001_initial",
    "shop.catalog.models",
    "shop.catalog.views",
    "shop.settings",
    "shop.urls",
    "shop.wsgi",
)
BUILDS = ("apt", "pip", "uv", "image-build")
OLDER = ("newer",)  # what was built for an older Python than that of devenv.yaml
OWN_LINES = ("own",)  # built with lines of one's own
LINES = """RUN apt-get \\
 instal jq
RUN curl -fsSLO https://packages.example/simple/pip/
RUN pip install --no-cache-dir cowsay
RUN wget https://packages.example/simple/pip/
RUN ["python", "-c", "import urllib.request as u; u.urlopen('https://packages.example/')"]
"""
OF_ITS_TIME = ("floating",)  # of a list without versions, committed then
FLOATING = AsOf(
    day=date(2020, 5, 12),
    open=("django",),
    committed=Committed(path="requirements.txt", day=date(2020, 5, 12)),
)


@cache
def environment() -> Environment:
    """The environment that all logs are told of."""
    return load_environment(PROJECT / "devenv.yaml", templates_folder())


def card_of(log: Path) -> Card:
    """The card that a log gets."""
    told = environment()
    if log.stem.endswith(OLDER):
        told = replace(told, python="3.11")
    if log.stem.endswith(OWN_LINES):
        told = replace(told, app=replace(told.app, dockerfile={"base": LINES}))
    subject = "build" if log.stem.startswith(BUILDS) else "worker"
    failure = Failure(subject=subject, log=log.read_text("utf-8"), exit_code=1)
    find_day = (lambda: FLOATING) if log.stem.endswith(OF_ITS_TIME) else of_no_day
    return card_for(failure, told, lambda: MODULES, find_day)


def text_of(card: Card) -> str:
    """A card as its reader sees it."""
    return "\n".join(card_lines(card)) + "\n"


if __name__ == "__main__":
    for each in LOGS:
        each.with_suffix(".card").write_text(text_of(card_of(each)), encoding="utf-8")
