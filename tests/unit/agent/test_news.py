"""What an open page hears of a change, at once or when it comes back."""

from __future__ import annotations

import pytest

from devenv.agent.news import MAX_NEWS, NOBODY, Journal, Mark, News, mark_of, news_of

NOW = Mark("abc", 7)
CODE, TEMPLATE, STYLE = ["code", "shop/views.py"], ["template", "t/page.html"], ["static", "static/a.css"]
OTHER_STYLE, SCRIPT, MAP = ["static", "static/b.css"], ["static", "static/a.js"], ["static", "a.css.map"]


@pytest.mark.parametrize(
    ("action", "reactions", "news"),
    [
        ("reload", [CODE], News(NOW, [])),
        ("failed", [CODE], News(NOW, [])),
        ("reset", [TEMPLATE], News(NOW, [])),
        ("none", [CODE], None),  # nobody has loaded it
        ("none", [TEMPLATE], News(NOW, [])),
        ("none", [STYLE], News(NOW, ["static/a.css"])),
        ("none", [STYLE, OTHER_STYLE], News(NOW, ["static/a.css", "static/b.css"])),
        ("none", [STYLE, SCRIPT], News(NOW, [])),
        ("none", [STYLE, MAP], News(NOW, ["static/a.css"])),
        ("none", [MAP], None),
        ("reload", [CODE, STYLE], News(NOW, [])),
        ("none", [], None),
    ],
)
def test_style_sheets_are_swapped_what_nobody_sees_is_no_news_and_the_rest_loads_the_page(
    action: str, reactions: list[list[str]], news: News | None
) -> None:
    assert news_of(NOW, action, reactions) == news


@pytest.mark.parametrize("mark", [Mark("abc", 7), Mark("0f", 12, broken=True)])
def test_a_mark_is_read_as_it_was_written(mark: Mark) -> None:
    assert mark_of(str(mark)) == mark


@pytest.mark.parametrize("text", ["", "abc", "abc.", "abc.x", "abc.1.brken", "a b.1", "<b>.1"])
def test_what_is_no_mark_is_nobodys(text: str) -> None:
    assert mark_of(text) == NOBODY


def journal(*news: News) -> Journal:
    made = Journal("abc")
    for each in news:
        made.note(each)
    return made


FIVE, SIX, SEVEN = News(Mark("abc", 5), []), News(Mark("abc", 6), ["a.css"]), News(NOW, ["b.css", "a.css"])


@pytest.mark.parametrize(
    ("seen", "missed"),
    [
        (Mark("abc", 7), None),
        (Mark("abc", 8), None),  # rendered just after a change that no page sees
        (Mark("abc", 6), News(NOW, ["b.css", "a.css"])),
        (Mark("abc", 5), News(NOW, ["a.css", "b.css"])),
        (Mark("abc", 4), News(NOW, [])),
        (Mark("other", 7), News(NOW, [])),  # another life of the container
        (Mark("abc", 7, broken=True), News(NOW, [])),  # the page shows a failure that was healed
        (NOBODY, News(NOW, [])),
    ],
)
def test_a_page_that_comes_back_hears_what_it_missed(seen: Mark, missed: News | None) -> None:
    assert journal(FIVE, SIX, SEVEN).missed_by(seen) == missed


def test_before_the_first_start_there_is_no_news() -> None:
    assert journal().missed_by(Mark("other", 3)) is None


def test_a_page_loads_again_when_the_code_breaks_at_the_generation_that_it_has() -> None:
    broken = News(Mark("abc", 7, broken=True), [])
    assert journal(SEVEN, broken).missed_by(NOW) == broken


def test_what_was_forgotten_counts_as_everything() -> None:
    many = journal(*(News(Mark("abc", number), ["a.css"]) for number in range(MAX_NEWS + 10)))
    newest = Mark("abc", MAX_NEWS + 9)
    assert many.missed_by(Mark("abc", 3)) == News(newest, [])
    assert many.missed_by(Mark("abc", 20)) == News(newest, ["a.css"])
