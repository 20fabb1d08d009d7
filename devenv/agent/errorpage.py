"""The page for code that does not start: HTML for browsers, problem+json for API clients. Pure."""

from __future__ import annotations

import json
from html import escape
from typing import Any, List, Tuple

from .control import Failed

STYLE = """
:root { color-scheme: light dark; --back: #fbfbfa; --text: #1d1d1f; --dim: #6e6e73;
  --card: #fff; --edge: #e3e3e6; --red: #c62828; --mark: #fdecea }
@media (prefers-color-scheme: dark) {
  :root { --back: #18181b; --text: #ececf0; --dim: #9a9aa3; --card: #222226;
    --edge: #37373d; --red: #ff7b72; --mark: #44211f }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem 5rem }
h1 { font-size: 1.35rem; margin: 0 0 .5rem; color: var(--red); overflow-wrap: anywhere }
p { margin: 0 0 2rem; color: var(--dim) }
ol { list-style: none; margin: 0; padding: 0 }
li { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; margin: 0 0 .8rem }
li.other { opacity: .62 }
li > header { padding: .55rem 1rem; font-size: .9rem; overflow-wrap: anywhere }
li > header b { font-weight: 600 }
li > header span { color: var(--dim) }
pre { margin: 0; font: .85rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-x: auto }
li pre { border-top: 1px solid var(--edge); padding: .5rem 0 }
pre code { display: block; padding: 0 1rem; white-space: pre }
pre code i { display: inline-block; width: 3.6em; color: var(--dim); font-style: normal; user-select: none;
  padding-right: 1.2em; text-align: right }
pre code.here { background: var(--mark) }
details { margin-top: 2rem }
summary { cursor: pointer; color: var(--dim) }
details pre { padding: 1rem; background: var(--card); border: 1px solid var(--edge); border-radius: 10px }
"""


def page_for(failed: Failed, process: str, accept: str, script: str = "") -> Tuple[bytes, str]:
    """The body and its type, as the client's Accept header prefers. script: an element for its head."""
    if prefers_html(accept):
        return html_page(failed, process, script).encode("utf-8", "replace"), "text/html; charset=utf-8"
    return problem(failed, process), "application/problem+json"


def prefers_html(accept: str) -> bool:
    """Whether HTML is liked at least as much as JSON, and mentioned at all."""
    html, other = 0.0, 0.0
    for item in accept.lower().split(","):
        kind, _, parameters = item.strip().partition(";")
        weight = _weight(parameters)
        if kind.strip() in ("text/html", "application/xhtml+xml", "text/*"):
            html = max(html, weight)
        elif kind.strip().endswith("json"):
            other = max(other, weight)
    return html > 0 and html >= other


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        key, _, value = parameter.strip().partition("=")
        if key == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def problem(failed: Failed, process: str) -> bytes:
    """RFC 9457, with the traceback as lines."""
    document = {
        "type": "about:blank",
        "title": "The code of %s does not start" % process,
        "status": 500,
        "detail": failed.summary,
        "place": _place(failed.frames),
        "traceback": failed.traceback.splitlines(),
    }
    return json.dumps(document, indent=2).encode("ascii")


def html_page(failed: Failed, process: str, script: str = "") -> str:
    """One page without any other file: the project's frames, then those of packages, the innermost first."""
    innermost_first = failed.frames[::-1]
    frames = "\n".join(_frame(frame) for frame in sorted(innermost_first, key=lambda frame: not frame[5]))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n%(script)s'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>%(summary)s</title>\n<style>%(style)s</style>\n</head>\n<body>\n<main>\n"
        "<h1>%(summary)s</h1>\n"
        "<p>The code of <b>%(process)s</b> does not start. Save a repair and this page is gone.</p>\n"
        "<ol>\n%(frames)s\n</ol>\n"
        "%(text)s\n"
        "</main>\n</body>\n</html>\n"
    ) % {
        "summary": escape(failed.summary),
        "script": script and script + "\n",
        "style": STYLE,
        "process": escape(process),
        "frames": frames,
        "text": _text(failed, process),
    }


def _text(failed: Failed, process: str) -> str:
    """What was raised, or where to look for it: a command may print what is wrong and end."""
    if not failed.traceback:
        return "<p>What it printed: <code>devenv logs %s</code></p>" % escape(process)
    text = "<details%s><summary>The traceback as text</summary><pre>%s</pre></details>"
    return text % ("" if failed.frames else " open", escape(failed.traceback))


def _frame(frame: List[Any]) -> str:
    path, line, function, first, lines, in_project = frame
    where = " <span>in %s</span>" % escape(function) if function else ""
    code = "".join(
        '<code class="%s"><i>%d</i>%s</code>' % ("here" if number == line else "", number, escape(text))
        for number, text in enumerate(lines, first)
    )
    source = "<pre>%s</pre>" % code if any(lines) else ""
    kind = "project" if in_project else "other"
    return '<li class="%s"><header><b>%s:%d</b>%s</header>%s</li>' % (kind, escape(path), line, where, source)


def _place(frames: List[List[Any]]) -> str:
    """file:line of the innermost frame in the project."""
    for path, line, _, _, _, in_project in reversed(frames):
        if in_project:
            return "%s:%d" % (path, line)
    return ""
