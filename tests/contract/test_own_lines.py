"""Lines of `app.dockerfile` trust what the host trusts, and are read as the builder reads them.

The server that they ask has a certificate of its own, as a company's proxy has; it is in the container.
"""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from devenv.compiler.own_lines import with_certificates
from devenv.config.instructions import instructions_of
from devenv.workspace.host import HostSettings
from tests.contract.compiled_project import run, trusted_certificates, write_compiled

TEXTS = int(os.environ.get("DEVENV_OWN_LINES", "15"))
TIMEOUT_SECONDS = 280

# Serves a wheel at localhost while a command runs, with the certificate beside it.
SERVE = """\
import http.server, io, ssl, subprocess, sys, threading, zipfile
wheel = io.BytesIO()
with zipfile.ZipFile(wheel, "w") as files:
    files.writestr("trusted.py", "")
    files.writestr("trusted-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: trusted\\nVersion: 1\\n")
    files.writestr("trusted-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nTag: py3-none-any\\n")
    files.writestr("trusted-1.dist-info/RECORD", "")

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(wheel.getvalue())))
        self.end_headers()
        self.wfile.write(wheel.getvalue())

    def log_message(self, *words):
        pass  # nothing between the words of who asks

server = http.server.ThreadingHTTPServer(("127.0.0.1", 8443), Answer)
trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
trusting.load_cert_chain("/app/server.txt")
server.socket = trusting.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(subprocess.call(sys.argv[1:]))
"""
ASK = """\
import os, sys, urllib.request
status = urllib.request.urlopen("https://localhost:8443/").status
sys.stdout.write(f"{sys.argv[1]} {status} {os.getuid()}\\n")
"""
URL = "https://localhost:8443/trusted-1-py3-none-any.whl"
LINES = f"""\
RUN <<EOF
set -e
python /app/serve.py python /app/ask.py document
test "$0" = /bin/sh
EOF
RUN <<EOF
#!/usr/bin/env python
import os, sys
os.execvp("python", ["python", "/app/serve.py", "python", "/app/ask.py", "program"])
EOF
run --mount=type=cache,target=/tmp/cache --network=default \\
  ["python", "/app/serve.py", "python", "/app/ask.py", "list"]
RUN --mount=type=secret,id=certificates,mode=0444 python /app/serve.py python /app/ask.py own
ENV SSL_CERT_FILE=/app/server.txt
RUN test $SSL_CERT_FILE = /app/server.txt && python /app/serve.py python /app/ask.py variable
ENV SSL_CERT_FILE=
# pip has variables of its own
RUN python /app/serve.py \\

      pip install --quiet --target /tmp/packages {URL} && \\
    ls /tmp/packages
"""


def _builder_answers() -> bool:
    try:
        commands = (["docker", "compose", "version"], ["docker", "buildx", "inspect"], ["openssl", "version"])
        return not any(subprocess.run(each, capture_output=True, timeout=30).returncode for each in commands)
    except OSError:
        return False


pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not _builder_answers(), reason="no engine answers; `make lab` sets one up"),
]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project with lines of its own that ask a server which only its own certificate vouches for."""
    name = f"dvt-own-lines-{uuid.uuid4().hex[:8]}"
    request = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -keyout key.txt -out cert.txt"
    )
    run(*request.split(), "-addext", "subjectAltName=DNS:localhost", folder=tmp_path)
    key, certificate = (tmp_path / "key.txt").read_text(), (tmp_path / "cert.txt").read_text()
    files = {"manage.py": "", "serve.py": SERVE, "ask.py": ASK, "server.txt": key + certificate}
    app: dict[str, object] = {"settings": "small.settings", "dependencies": "none"}
    app["dockerfile"] = {"dev": LINES}
    content = {"name": "own", "python": "3.13", "app": app, "processes": {"web": "true"}}
    files["devenv.yaml"] = json.dumps(content)  # JSON is YAML
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    write_compiled(tmp_path, name, {}, HostSettings(certificates=trusted_certificates()))
    yield tmp_path
    run("docker", "image", "rm", "--force", f"devenv/{name}:dev")


def test_own_lines_trust_what_the_host_trusts_and_no_layer_knows(project: Path) -> None:
    pem = project / ".devenv" / "certificates.pem"
    code, said = _built(project)  # as it is without this, or where the host has not that certificate
    assert code != 0
    assert "CERTIFICATE_VERIFY_FAILED" in said

    pem.write_text(trusted_certificates() + (project / "cert.txt").read_text())
    code, said = _built(project)

    assert code == 0, said
    asked = [
        word for word in ("document", "program", "list", "own", "variable") if f" {word} 200 1000" in said
    ]
    assert asked == ["document", "program", "list", "own", "variable"], said
    assert " trusted.py" in said
    pem.write_text("")  # all of it is cached, also for who trusts nobody
    code, said = _built(project)
    assert (code, " 200 1000" in said) == (0, False), said
    image = _image(project)
    history = run("docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    assert "BEGIN CERTIFICATE" not in history
    config = json.loads(run("docker", "image", "inspect", "--format", "{{json .Config}}", image))
    assert (config.get("Shell"), [word for word in config["Env"] if "CERT" in word]) == (
        ["/bin/sh", "-c"],
        ["SSL_CERT_FILE="],
    )
    left = "ls -d /dev/devenv /run/secrets/certificates 2>/dev/null; echo nothing"
    assert run("docker", "run", "--rm", "--entrypoint", "sh", image, "-c", left) == "nothing\n"


def _built(project: Path) -> tuple[int, str]:
    """How `docker compose build` ends, and what it says."""
    done = subprocess.run(
        ["docker", "compose", "-f", ".devenv/compose.yaml", "--progress", "plain", "build"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def _image(project: Path) -> str:
    text = run("docker", "compose", "-f", ".devenv/compose.yaml", "config", "--images", folder=project)
    return text.split()[0]


# What begins a line and what ends it, an instruction, a word, a quote or a here-document for somebody; and
# stages, which the builder can list.
BEGINS = (
    "RUN a",
    "FROM scratch AS s",
    "run  cat",
    "COPY a b",
    "ENV A=b",
    "\tUSER x",
    "# c",
    "",
    'RUN ["a", "b"]',
)
GOES_ON = (
    *(
        "",
        "",
        "",
        " <<E",
        " <<-'E F'",
        ' <<"E"',
        " <<E>x",
        " 3<<E",
        " <<E <<F",
        " <<<E",
        " $((1<<2))",
        ' "<<E"',
    ),
    *(" '", ' "', " a\\ b", "\u00a0", " --mount=type=ssh"),
)
ENDS = (
    "",
    "",
    "",
    "\\",
    " \\",
    "\\ \t",
    "\\\\",
    "\\\r",
    "\r",
    "\\\u00a0",
    "\nE",
    "\n\tE F",
    "\nE>x",
    "\nE\nF",
)


@settings(max_examples=TEXTS, deadline=None, phases=[Phase.generate])
@given(lines=st.lists(st.tuples(*map(st.sampled_from, (BEGINS, GOES_ON, ENDS))), min_size=1, max_size=5))
def test_any_lines_are_read_as_the_builder_reads_them(
    lines: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "lines"
    folder.mkdir(exist_ok=True)
    text = "FROM scratch AS first\n" + _numbered("\n".join(map("".join, lines)))
    read = [*instructions_of(text)]
    listed = _stages_by_the_builder(text, folder)
    if read[-1].unclosed:
        assert listed is None
    if listed is None or read[-1].goes_on:
        return  # the builder says what is wrong with it, or we do
    assert [each.text.split()[3] for each in read if each.keyword == "FROM"] == listed
    own_stage = "FROM scratch AS own-lines\n"
    assert _stages_by_the_builder(own_stage + with_certificates(text), folder) == ["own-lines", *listed]


def _numbered(text: str) -> str:
    """The text, each stage in it by a name of its own, that no others are made of."""
    first, *rest = text.split("AS s")
    return first + "".join(f"AS s{number}{each}" for number, each in enumerate(rest))


def _stages_by_the_builder(text: str, folder: Path) -> list[str] | None:
    """Their names; None where it does not take the file."""
    (folder / "Dockerfile").write_bytes(text.encode())
    command = ("docker", "buildx", "build", f"--{_question()}=targets,format=json", ".")
    environ = {**os.environ, "BUILDX_EXPERIMENTAL": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    return [each["name"] for each in json.loads(done.stdout)["targets"]] if done.returncode == 0 else None


@cache
def _question() -> str:
    """The option that was `--print` before it was `--call`."""
    environ = {**os.environ, "BUILDX_EXPERIMENTAL": "1"}
    command = ("docker", "buildx", "build", "--help")
    said = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True).stdout
    return "call" if "--call " in said else "print"
