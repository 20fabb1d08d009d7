"""Save to served with the agent alone, on this machine: no engine, no channel over exec, no watcher.

A Django REST Framework project of some size is made in a temporary folder and served by a real agent. Files
are edited one after the other; the time from sending the batch to an answer by the new code is measured, and
put beside that of a cold start with the held socket. Ratios are what to read: run it as

    python -m benchmarks.agent_reload [--apps 12] [--rounds 20]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django
import rest_framework

from devenv.agent.protocol import Reloaded, Restart, State
from tests.contract.agents import DJANGO_FILES, Agent, Host, running, write

MODELS_PER_APP = 8


def project(root: Path, apps: int) -> None:
    """Settings, `apps` apps of eight models, serializers and viewsets each, one router."""
    names = [f"app{number}" for number in range(apps)]
    write(root, {path: text for path, text in DJANGO_FILES.items() if not path.startswith("shop/")})
    settings = (root / "site1/settings.py").read_text().replace('"shop"', f"'rest_framework', *{names!r}")
    (root / "site1/settings.py").write_text(settings)
    routes = "".join(
        f"from {name} import views as {name}\n"
        + "".join(
            f"router.register('{name}/m{m}', {name}.V{m}, '{name}-m{m}')\n" for m in range(MODELS_PER_APP)
        )
        for name in names
    )
    (root / "site1/urls.py").write_text(
        "from django.urls import path, include\nfrom rest_framework.routers import DefaultRouter\n"
        f"router = DefaultRouter()\n{routes}\nurlpatterns = [path('api/', include(router.urls)), "
        f"path('', {names[-1]}.index)]\n"
    )
    for name in names:
        write(root, app_files(name))


def app_files(name: str) -> dict[str, str]:
    models = "".join(
        f"class M{m}(models.Model):\n    name = models.CharField(max_length=50)\n"
        "    at = models.DateTimeField()\n"
        for m in range(MODELS_PER_APP)
    )
    serializers = "".join(
        f"class S{m}(serializers.ModelSerializer):\n    class Meta:\n        model = models.M{m}\n"
        "        fields = '__all__'\n"
        for m in range(MODELS_PER_APP)
    )
    views = "".join(
        f"class V{m}(viewsets.ModelViewSet):\n    queryset = models.M{m}.objects.all()\n"
        f"    serializer_class = serializers.S{m}\n"
        for m in range(MODELS_PER_APP)
    )
    return {
        f"{name}/__init__.py": "",
        f"{name}/models.py": "from django.db import models\n" + models,
        f"{name}/serializers.py": "from rest_framework import serializers\n"
        f"from {name} import models\n{serializers}",
        f"{name}/views.py": "from django.http import HttpResponse\n"
        "from rest_framework import viewsets\n"
        f"from {name} import models, serializers\n{views}"
        "def index(request):\n    return HttpResponse('ok')\n",
    }


def served_ms(agent: Agent, host: Host, path: str, number: int) -> float:
    """Append a comment to `path` and ask until the new generation answers."""
    text = (agent.root / path).read_text().partition("# round")[0] + f"# round {number}\n"
    began = time.perf_counter()
    generation = host.commit({path: text}).generation
    answer = agent.get()
    elapsed = time.perf_counter() - began
    assert (answer.status, answer.generation) == (200, generation), answer
    host.wait(Reloaded, generation=generation)
    return 1000 * elapsed


def cold_ms(agent: Agent, host: Host, number: int) -> float:
    began = time.perf_counter()
    host.send(Restart(f"round {number}"))
    reloaded = host.wait(Reloaded, cause=f"round {number}")
    assert (agent.get().status, reloaded.rung) == (200, "cold")
    return 1000 * (time.perf_counter() - began)


def memory_mb(pids: list[int]) -> float:
    """Proportional set size of the processes together."""
    total = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except ProcessLookupError:  # an old process on its way out
            continue
        total += int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:")))
    return total / 1024


def pids_of(agent: Agent) -> list[int]:
    return agent.connect().wait(State).pids


def spread(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):7.0f} ms   p95 {ordered[int(0.95 * (len(ordered) - 1))]:6.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    last = f"app{options.apps - 1}"
    edited = {
        "the last app's view": f"{last}/views.py",
        "the first app's view": "app0/views.py",
        "urls": "site1/urls.py",
        "the first app's models": "app0/models.py",
        "settings": "site1/settings.py",
    }
    print(f"Python {sys.version.split()[0]}, Django {django.__version__}, DRF {rest_framework.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        project(Path(folder) / "app", options.apps)
        subprocess.run([sys.executable, "-m", "compileall", "-q", f"{folder}/app"], check=True)
        with running(Path(folder), "--wsgi", "site1.wsgi:application", root=Path(folder) / "app") as agent:
            host = agent.ready()
            cold = [cold_ms(agent, host, number) for number in range(max(3, options.rounds // 4))]
            print(f"{'cold start':24} {spread(cold)}")
            for name, path in edited.items():
                times = [served_ms(agent, host, path, number) for number in range(options.rounds)]
                ratio = statistics.median(cold) / statistics.median(times)
                print(f"{name:24} {spread(times)}   {ratio:4.1f} x faster than cold")
            time.sleep(2)
            pids = pids_of(agent)
            print(
                f"memory of {len(pids)} processes (PSS): {memory_mb(pids):.0f} MB, of the app alone "
                f"{memory_mb(pids[:1]):.0f} MB"
            )


if __name__ == "__main__":
    main()
