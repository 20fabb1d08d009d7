from __future__ import annotations

from pathlib import Path

from devenv.compiler.compiled import Assignments
from devenv.config import Choice
from devenv.workflows.checkout import load_checkout
from devenv.workflows.machine import this_machine
from devenv.workflows.project import Project
from devenv.workflows.settling import record_settled
from devenv.workspace.settled import FILE_NAME, begin

YAML = """\
name: shop
python: "3.13"
app:
  settings: shop.settings
  wsgi: shop.wsgi:application
services:
  cache: redis:8
processes:
  web:
    port: 8000
"""


def test_an_engine_that_does_not_answer_in_time_leaves_no_record_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "devenv.yaml").write_text(YAML)
    (tmp_path / "manage.py").touch()
    record = tmp_path / ".devenv" / FILE_NAME
    record.parent.mkdir()
    record.write_text("what an earlier `up` left")
    project = Project(
        checkout=load_checkout(tmp_path / "devenv.yaml", Choice(environ={})),
        machine=this_machine({"DOCKER_HOST": f"unix://{tmp_path}/nobody.sock"}),
        assigned=Assignments(project_name="shop", ports={}, wanted={}),
    )
    record_settled(project, begin(), {})
    assert not record.exists()
