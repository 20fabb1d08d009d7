"""A small Django project, compiled into a folder and run by `docker compose` alone."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from devenv.clock import Clock
from devenv.compiler.compile import compile_project
from devenv.compiler.compiled import Assignments, CompiledProject
from devenv.config import load_environment, templates_folder
from devenv.workspace.host import HostSettings, observe_host_settings
from devenv.workspace.sources import digest_agent, read_dockerfile_templates
from devenv.workspace.write import write_workspace
from tests.ports import free_port

AGENT = Path(__file__).parents[2] / "devenv" / "agent"
BUILD_TIMEOUT_SECONDS = 280

# Values that a parser between devenv.yaml and the process could take for something else.
ODD_VALUES = {
    "DOLLARS": "$HOME ${HOME} $$ $(id)",
    "QUOTES": 'it\'s "so" `here`',
    "COMMENT": "a # b #",
    "LINES": "one\ntwo\r\n\tthree\n",
    "BACKSLASHES": "C:\\new\\",
    "ESCAPES": "\\n \\$x \\' \\\\",
    "UNICODE": "zażółć 漢字 😀 \u2028",
    "HEREDOC": "<<EOF",
    "YAML": "a: [b, *c] & !d",
    "EMPTY": "",
    "SPACES": "  ",
}

MANAGE = """\
import os, sys
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "small.settings")
execute_from_command_line(sys.argv)
"""
SETTINGS = """\
import os
from pathlib import Path
BASE_DIR = Path(__file__).parent.parent
SECRET_KEY = os.environ["SECRET_KEY"]
REQUIRED = os.environ["DOLLARS"]
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "small.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.staticfiles"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "collected"
STATICFILES_DIRS = [BASE_DIR / "assets"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
URLS = """\
import os
from django.contrib.auth.models import User
from django.http import JsonResponse
from django.urls import path
def environment(request):
    return JsonResponse({"users": User.objects.count(), "uid": os.getuid(), "environ": dict(os.environ)})
urlpatterns = [path("", environment)]
"""
WSGI = """\
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""
FILES = {
    "manage.py": MANAGE,
    "small/__init__.py": "",
    "small/settings.py": SETTINGS,
    "small/urls.py": URLS,
    "small/wsgi.py": WSGI,
    "assets/site.css": "body {}\n",
    "requirements.txt": "django>=4.2,<6\n",
    ".env": "NOT_FOR_IMAGES=1\n",
}


@dataclass(frozen=True, slots=True)
class SmallProject:
    """`root` has devenv.yaml and `.devenv/`; nothing but `docker` is used to run it."""

    root: Path
    name: str
    port: int

    @property
    def image(self) -> str:
        return f"devenv/{self.name}:dev"

    def compose(self, *arguments: str) -> str:
        return run("docker", "compose", "-f", ".devenv/compose.yaml", *arguments, folder=self.root)

    def build(self) -> str:
        """Build the development image; what the builder said."""
        return self.compose("--progress", "plain", "build")

    def image_id(self) -> str:
        return run("docker", "image", "inspect", "--format", "{{.Id}}", self.image).strip()

    def remove_all(self) -> None:
        self.compose("down", "--volumes", "--timeout", "2")
        run("docker", "image", "rm", "--force", self.image, f"{self.image}-production")


def make_project(root: Path, name: str) -> SmallProject:
    """The project's files, and `.devenv/` for this machine."""
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    half = len(ODD_VALUES) // 2
    by_yaml, by_file = dict(list(ODD_VALUES.items())[:half]), dict(list(ODD_VALUES.items())[half:])
    (root / "odd.env").write_text("".join(f"{key}={_dotenv(value)}\n" for key, value in by_file.items()))
    app = {"settings": "small.settings", "env_file": "odd.env", "env": {"SECRET_KEY": "x", **by_yaml}}
    content = {
        "name": "small",
        "python": "3.13",
        "app": app,
        "processes": {"web": {"port": 8000}},
        "jobs": {"migrate": "python manage.py migrate"},
    }
    (root / "devenv.yaml").write_text(json.dumps(content, indent=2))  # JSON is YAML
    project = SmallProject(root, name, free_port())
    write_compiled(root, name, {"DEVENV_PORT_WEB_8000": project.port}, observe_host_settings(os.environ))
    return project


def _dotenv(value: str) -> str:
    """The value as python-dotenv reads it back."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return '"' + escaped.replace("\t", "\\t") + '"'


def write_compiled(root: Path, name: str, ports: dict[str, int], host: HostSettings) -> CompiledProject:
    """Compile `root`'s devenv.yaml into its `.devenv/`."""
    templates = templates_folder()
    compiled = compile_project(
        load_environment(root / "devenv.yaml", templates),
        read_dockerfile_templates(templates / "dockerfile"),
        agent_digest=digest_agent(AGENT),
    )
    assigned = Assignments(project_name=name, ports=ports, wanted={})
    write_workspace(root, compiled, host, AGENT, assignments=assigned)
    return compiled


def copy_golden(case: Path, root: Path) -> None:
    """A golden folder's project, without what was compiled from it."""
    shutil.copytree(case, root, ignore=shutil.ignore_patterns("compose.yaml", "Dockerfile*", "app.env"))


def trusted_certificates() -> str:
    """Certificates with which a build here can reach the network."""
    own = observe_host_settings(os.environ).certificates
    default = ssl.get_default_verify_paths().cafile
    return own or (Path(default).read_text() if default else "")


def run(*command: str, folder: Path | None = None) -> str:
    """What the command prints, both streams. Raises AssertionError where it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout


def answer(port: int, clock: Clock, timeout_seconds: float = 60) -> dict[str, object]:
    """The JSON at `/`, as soon as there is any."""
    deadline = clock.monotonic() + timeout_seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response:
                content: dict[str, object] = json.load(response)
                return content
        except OSError:
            if clock.monotonic() > deadline:
                raise
            clock.sleep(0.2)
