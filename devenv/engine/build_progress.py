"""BuildKit's plain progress, read line by line: what to show, and what to tell when it fails; pure.

Shape of a line: `#7 [dev 3/6] RUN apt-get update`, `#7 1.204 Reading package lists...`, `#7 CACHED`,
`#7 DONE 3.1s`, `#7 ERROR: process "…" did not complete successfully: exit code: 100`.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque

KEPT_LINES = 400
SHOWN_LINES = 40
_NUMBERED = re.compile(r"^#(\d+) (.*)$")
_OUTPUT = re.compile(r"^\d+\.\d+ (.*)$")
_NOISE = re.compile(
    r"^(sha256:|transferring |resolve |extracting |DONE |CACHED$|\.\.\.$|exporting |writing |naming )"
)
_SHOWN_TITLE = re.compile(r"^(\[(?!(\S+ )?internal\])|exporting to image)")
# What devenv puts into steps so that they trust what the host trusts: it says nothing of what they do.
_OURS = re.compile(
    r"--mount=type=(secret,id=certificates|bind,from=own-lines|cache,id=devenv-)\S* +|\"/dev/devenv/run\", "
    r"|certificates=/run/secrets/certificates; +if \[ -s .*?; fi; +"
)


class BuildProgress:
    """The state of one build's output."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}
        self._output: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT_LINES))
        self._unnumbered: deque[str] = deque(maxlen=KEPT_LINES)
        self._failed: str | None = None

    def feed(self, line: str) -> str | None:
        """The line as a person should see it; None where it tells nothing."""
        numbered = _NUMBERED.match(line)
        if numbered is None:
            self._unnumbered.append(line)
            return None
        number, text = numbered[1], numbered[2]
        if number not in self._titles:
            self._titles[number] = _OURS.sub("", text)
            return self._titles[number] if _SHOWN_TITLE.match(text) else None
        if text.startswith("ERROR"):
            self._failed = number
            if not self._output[number]:
                self._output[number].append(text)
            return f"{self._titles[number]}: {text}"
        output = _OUTPUT.match(text)
        if output:
            self._output[number].append(output[1])
            return f"  {output[1]}"
        if text == "CACHED" and _SHOWN_TITLE.match(self._titles[number]):
            return f"{self._titles[number]}: cached"
        return None if _NOISE.match(text) or _OURS.sub("", text) == self._titles[number] else f"  {text}"

    def failure(self) -> str:
        """The failing step and the end of its output; without one, the last lines that are of no step."""
        if self._failed is None:
            return "\n".join(line for line in self._unnumbered if line.strip())
        return "\n".join([self._titles[self._failed], *list(self._output[self._failed])[-SHOWN_LINES:]])

    def log(self) -> str:
        """The failing step's output as far as it is kept, and what is of no step."""
        output = self._output[self._failed] if self._failed is not None else ()
        return "\n".join((*self._unnumbered, *output))
