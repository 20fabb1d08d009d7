from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devenv.config.document import Scalar
from devenv.config.loader import read_document
from devenv.detect.finding import Finding
from devenv.detect.proposal import Noted, Proposal, ProposedService
from devenv.detect.render import quoted, render_yaml, scalar

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@given(TEXTS)
def test_a_text_is_read_back_as_it_was(text: str) -> None:
    for shown in (scalar(text), quoted(text)):
        document = read_document(f"key: {shown}\n".encode(), "x.yaml")
        found = document.at(("key",))
        assert isinstance(found, Scalar)
        assert (found.text, found.value, document.problems) == (text, text, ())


@given(TEXTS, TEXTS)
def test_no_value_or_remark_adds_a_key(value: str, note: str) -> None:
    proposal = Proposal(
        name="x",
        python=Noted("3.13", note),
        env={"KEY": Noted(value, note)},
        services=(
            ProposedService(name="db", kind="postgres", image="postgres:17", note=note, env={"A": value}),
        ),
        remarks=(Finding(topic="open", value=note, why=note),),
    )
    document = read_document(render_yaml(proposal).encode(), "x.yaml")
    assert document.at(("app", "env", "KEY")) == Scalar(value, value)
    assert isinstance(document.tree, dict)
    assert list(document.tree) == ["name", "python", "app", "services", "processes"]


def test_a_remark_stands_beside_its_value_where_there_is_room_and_else_above_it() -> None:
    env = {"A": Noted("1", "why"), "KEY": Noted("v", "w" * 70), "LONG": Noted("v" * 60, "w" * 60)}
    text = render_yaml(Proposal(name="x", python=Noted("3.13", ""), env=env))

    assert text.split("  env:\n")[1].split("\n\n")[0].splitlines() == [
        f'    A: "1"{" " * 40}# why',
        f'    KEY: "v"  # {"w" * 70}',
        f"    # {'w' * 60}",
        f'    LONG: "{"v" * 60}"',
    ]


def test_what_stays_open_is_told_in_lines_that_break_no_command() -> None:
    command = "listen: python manage.py listen --every 60 --from-the-beginning --of-all"
    remark = Finding(topic="open", value="manage.py listen does not end", why=f"`{command}` runs it")
    text = render_yaml(Proposal(name="x", python=Noted("3.13", ""), remarks=(remark,)))

    assert text.splitlines()[1:3] == [
        "# Open: manage.py listen does not end:",
        f"#   `{command}` runs it",
    ]
