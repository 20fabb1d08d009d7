"""What a Content-Security-Policy says about the script that refreshes pages."""

from __future__ import annotations

import pytest

from devenv.agent.policy import Verdict, judge

ALLOWED = Verdict("", "")


@pytest.mark.parametrize(
    ("policies", "verdict"),
    [
        ([], ALLOWED),
        (["img-src 'none'"], ALLOWED),
        (["default-src 'self'"], ALLOWED),
        (["DEFAULT-SRC 'SELF'"], ALLOWED),
        (["script-src 'self'; object-src 'none'"], ALLOWED),
        (["script-src http://localhost:8000; connect-src localhost:8000"], ALLOWED),
        (["script-src *"], ALLOWED),
        (["script-src 'nonce-abc=' https://cdn.example"], Verdict("", "abc=")),
        (["script-src 'nonce-abc' 'strict-dynamic' 'self'"], Verdict("", "abc")),
        (["script-src 'self' 'strict-dynamic'"], Verdict("script-src", "")),
        (["script-src-elem 'none'; script-src 'self'"], Verdict("script-src", "")),
        (["default-src 'none'; script-src 'self'"], Verdict("connect-src", "")),
        (["default-src 'none'; script-src 'self'; connect-src 'self'"], ALLOWED),
        (["default-src https:"], Verdict("connect-src", "")),
        (["script-src 'sha256-abc'"], Verdict("script-src", "")),
        (["script-src 'nonce-\"><b>'"], Verdict("script-src", "")),
        (["sandbox; script-src 'self'"], Verdict("sandbox", "")),
        (["sandbox allow-scripts"], ALLOWED),
        (["script-src 'self'", "script-src 'nonce-a'"], Verdict("", "a")),
        (["script-src 'nonce-a', script-src 'nonce-b'"], Verdict("script-src", "")),
        (["script-src 'self'; script-src 'none'"], ALLOWED),  # the first of a name counts
    ],
)
def test_a_policy_allows_the_script_as_it_is_with_a_nonce_or_not_at_all(
    policies: list[str], verdict: Verdict
) -> None:
    assert judge(policies, "localhost:8000") == verdict
