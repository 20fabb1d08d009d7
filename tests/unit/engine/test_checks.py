from __future__ import annotations

from dataclasses import replace

import pytest

from devenv.engine.checks import Finding, MachineFacts, Verdict, check_machine, version_of

GOOD = MachineFacts(
    endpoint="unix:///var/run/docker.sock (the default address)",
    engine_version="26.1.5+dfsg1",
    engine_system="linux/amd64",
    compose_version="2.26.1-4",
    buildx_version="0.13.1",
    free_bytes=50 << 30,
    base_image="python:3.13-slim",
    certificate_files={},
    taken_ports={},
)


def findings(facts: MachineFacts, verdict: Verdict) -> list[str]:
    return [
        f"{finding.subject}: {finding.seen}" for finding in check_machine(facts) if finding.verdict is verdict
    ]


def test_a_good_machine_has_nothing_to_complain_about() -> None:
    assert [(finding.subject, finding.verdict, finding.advice) for finding in check_machine(GOOD)] == [
        (subject, Verdict.OK, "")
        for subject in ("engine", "compose", "buildx", "disk", "base image", "certificates", "ports")
    ]


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        (replace(GOOD, engine_problem="tried unix:///nope"), "engine: tried unix:///nope"),
        (
            replace(GOOD, engine_version="18.09.1"),
            "engine: 18.09.1 on linux/amd64 at unix:///var/run/docker.sock (the default address)",
        ),
        (replace(GOOD, compose_version=""), "compose: not found"),
        (replace(GOOD, compose_version="2.19.1"), "compose: 2.19.1"),
        (replace(GOOD, compose_version="1.29.2"), "compose: 1.29.2"),
        (replace(GOOD, buildx_version=""), "buildx: not found"),
        (replace(GOOD, free_bytes=1 << 29), "disk: 0.5 GB free"),
        (replace(GOOD, base_image_problem="no such host"), "base image: python:3.13-slim: no such host"),
        (
            replace(GOOD, certificate_files={"SSL_CERT_FILE": False, "PIP_CERT": True}),
            "certificates: SSL_CERT_FILE names a file that is not there",
        ),
    ],
)
def test_what_stops_environments_fails_with_advice(facts: MachineFacts, complaint: str) -> None:
    assert findings(facts, Verdict.FAIL) == [complaint]
    assert all(finding.advice for finding in check_machine(facts) if finding.verdict is Verdict.FAIL)


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        (replace(GOOD, free_bytes=3 << 30), "disk: 3.0 GB free"),
        (
            replace(GOOD, engine_version="20.10.24"),
            "engine: 20.10.24 on linux/amd64 at unix:///var/run/docker.sock (the default address)",
        ),
        (replace(GOOD, build_cache_bytes=30 << 30), "build cache: 30.0 GB of build cache"),
        (
            replace(GOOD, taken_ports={8000: "the environment shop"}),
            "port 8000: taken by the environment shop",
        ),
    ],
)
def test_what_only_hinders_is_a_warning_with_advice(facts: MachineFacts, complaint: str) -> None:
    assert findings(facts, Verdict.WARN) == [complaint]
    assert all(finding.advice for finding in check_machine(facts) if finding.verdict is Verdict.WARN)


def test_the_oldest_versions_that_will_do_are_fine() -> None:
    oldest = replace(GOOD, engine_version="19.03.0", compose_version="2.20.0")
    assert findings(oldest, Verdict.FAIL) == []


def test_without_an_engine_the_registry_is_not_asked_about() -> None:
    subjects = [finding.subject for finding in check_machine(replace(GOOD, engine_problem="gone"))]
    assert "base image" not in subjects


def test_certificates_and_proxies_that_are_given_on_are_named() -> None:
    facts = replace(GOOD, certificate_files={"SSL_CERT_FILE": True}, proxies=("HTTPS_PROXY",))
    assert Finding(
        subject="certificates",
        verdict=Verdict.OK,
        seen="given on to builds and containers: SSL_CERT_FILE, HTTPS_PROXY",
    ) in check_machine(facts)


@pytest.mark.parametrize(
    ("text", "version"),
    [("26.1.5+dfsg1", (26, 1, 5)), ("v2.26.1-4", (2, 26, 1)), ("0.13.1", (0, 13, 1)), ("dev", ()), ("", ())],
)
def test_versions_are_read_up_to_what_is_no_number(text: str, version: tuple[int, ...]) -> None:
    assert version_of(text) == version
