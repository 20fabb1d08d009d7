"""A compiled project as the compiler would hand it out, in few words."""

from __future__ import annotations

from pathlib import Path

from devenv.compiler.compiled import CompiledProject, CompiledService, Role
from devenv.workspace.host import HostSettings
from devenv.workspace.write import WrittenFiles, write_workspace

NO_SETTINGS = HostSettings()


def project(**files: str) -> CompiledProject:
    """A project whose Dockerfile, compose.yaml and app.env are `files`, by name before the dot."""
    names = {"Dockerfile": "Dockerfile", "compose": "compose.yaml", "app": "app.env"}
    texts = {"Dockerfile": "FROM x\n", "compose": "name: shop\n", "app": "SECRET='1'\n", **files}
    web = CompiledService(
        name="web",
        role=Role.PROCESS,
        image="",
        built=True,
        config_hash="",
        inputs={},
        depends_on={},
    )
    return CompiledProject(
        name="shop",
        files={names[key]: text for key, text in texts.items()},
        services=(web,),
        build_hash="",
        build_inputs={},
    )


def agent(root: Path) -> Path:
    """The source of an agent of two modules, and what else may lie about."""
    folder = root / "agent-source"
    (folder / "deep").mkdir(parents=True)
    (folder / "__main__.py").write_text("import deep.one\n")
    (folder / "deep" / "one.py").write_text("1\n")
    (folder / "README.md").write_text("not for the image\n")
    return folder


def write(root: Path, compiled: CompiledProject | None = None, *, force: bool = False) -> WrittenFiles:
    """Write `compiled` for a host without settings, with the agent of `agent(root)`."""
    source = root / "agent-source"
    if not source.exists():
        agent(root)
    return write_workspace(root, compiled or project(), NO_SETTINGS, source, force=force)
