"""What a page's Content-Security-Policy says about our script. Pure."""

from __future__ import annotations

import re
from typing import Dict, Iterable, List, NamedTuple, Optional

NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_=-]+)'")
ANY_ORIGIN = ("*", "http:")
SCRIPTS = ("script-src-elem", "script-src", "default-src")
CONNECTIONS = ("connect-src", "default-src")

Policy = Dict[str, List[str]]


class Verdict(NamedTuple):
    """obstacle: the directive that forbids it, or ""; nonce: what the script has to carry, or ""."""

    obstacle: str
    nonce: str


def judge(values: Iterable[str], host: str) -> Verdict:
    """Whether a script of the page's own origin may run and connect there. host: as the request says it.

    values: of each such header; one may hold several policies, and all of them are in force.
    """
    nonce = ""
    for policy in [_parse(text) for value in values for text in value.split(",")]:
        if "sandbox" in policy and "allow-scripts" not in policy["sandbox"]:
            return Verdict("sandbox", "")
        connecting = _sources(policy, CONNECTIONS)
        if connecting is not None and not _has_own_origin(connecting, host):
            return Verdict("connect-src", "")
        running = _sources(policy, SCRIPTS)
        if running is None or ("'strict-dynamic'" not in running and _has_own_origin(running, host)):
            continue
        offered = [match[1] for match in map(NONCE.fullmatch, running) if match]
        if not offered or (nonce and nonce not in offered):
            return Verdict("script-src", "")
        nonce = nonce or offered[0]
    return Verdict("", nonce)


def _parse(text: str) -> Policy:
    policy: Policy = {}
    for directive in text.split(";"):
        words = directive.split()
        if words:
            policy.setdefault(words[0].lower(), words[1:])
    return policy


def _sources(policy: Policy, names: Iterable[str]) -> Optional[List[str]]:
    return next((policy[name] for name in names if name in policy), None)


def _has_own_origin(sources: List[str], host: str) -> bool:
    known = ("'self'", *ANY_ORIGIN, host, "http://" + host)
    return any(source.lower() in known for source in sources)
