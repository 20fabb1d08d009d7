"""What a save does, under a client that never stops asking."""

from __future__ import annotations

from tests.e2e import checks
from tests.e2e.bookstore import SERIALIZERS, save_atomically, save_in_place
from tests.e2e.conftest import Shop
from tests.e2e.restless import asking
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

SAVES = 20


def test_twenty_saves_are_served_and_no_request_fails(scenario: Scenario, shop: Shop) -> None:
    with shop.project.watching(), asking(f"http://{shop.project.address('web')}/api/books/1/") as client:
        with scenario.step("twenty saves of a serializer are each served"):
            for number in range(SAVES):
                save = (save_in_place, save_atomically)[number % 2]
                shop.bookstore.save_serializer(f"edition {number}", save)
                client.first_answer_with(f"edition {number}", timeout_seconds=120)

        with scenario.step("nobody was refused, and nobody got old code once the new code had answered"):
            tally = client.stop()
            assert (tally.failed, tally.stale) == ({}, 0), tally
            assert tally.answered > SAVES


def test_a_burst_of_saves_ends_with_the_last_one(scenario: Scenario, shop: Shop) -> None:
    with shop.project.watching(), asking(f"http://{shop.project.address('web')}/api/books/1/") as client:
        with scenario.step("fifty saves follow each other without a pause; the last one is served"):
            for number in range(50):
                shop.bookstore.save_serializer(
                    f"burst {number}", (save_in_place, save_atomically)[number % 2]
                )
            client.first_answer_with("burst 49", timeout_seconds=120)

        with scenario.step("it stays the last one, nobody was refused, and the trees are equal"):
            tally = client.stop()
            assert (tally.failed, tally.stale, checks.edition(shop.project)) == ({}, 0, "burst 49"), tally
            assert checks.differing_paths(shop.project) == []


def test_the_worker_and_beat_run_changed_code_without_any_command(scenario: Scenario, shop: Shop) -> None:
    with shop.project.watching():
        with scenario.step("a changed task computes the next reports"):
            shop.bookstore.save_task("from the new task")
            eventually(
                lambda: checks.report(shop.project), lambda seen: seen.get("edition") == "from the new task"
            )

        with scenario.step("an entry that is new in beat's schedule becomes due"):
            shop.bookstore.edit(
                "bookstore/settings.py",
                "CELERY_BEAT_SCHEDULE = {\n",
                "CELERY_BEAT_SCHEDULE = {\n"
                '    "count the shelves": {"task": "reports.refresh_bestsellers", "schedule": 1.0},\n',
            )
            eventually(
                lambda: checks.log(shop.project, "beat"), lambda seen: "due task count the shelves" in seen
            )


def test_a_template_and_a_style_sheet_restart_nothing(scenario: Scenario, shop: Shop) -> None:
    project = shop.project
    with project.watching():
        before = {name: checks.pids(project, name) for name in ("web", "worker", "beat")}
        generation = checks.generation(project)

        with scenario.step("a changed template is rendered"):
            shop.bookstore.edit("catalog/templates/catalog/index.html", "on our shelves", "within reach")
            page = eventually(
                lambda: checks.ask(project, "/", accept="text/html"),
                lambda seen: "12 books within reach" in seen.text,
            )
            assert int(page.headers["x-devenv-generation"]) == generation + 1

        with scenario.step("a changed style sheet is served"):
            shop.bookstore.edit("catalog/static/catalog/shop.css", "body {", "body { --season: winter;")
            eventually(
                lambda: checks.ask(project, "/static/catalog/shop.css", accept="text/css"),
                lambda seen: "--season: winter" in seen.text,
            )

        with scenario.step("every process is one that was there before"):
            # In the end: what the engine runs in a container for a moment is there, too.
            eventually(
                lambda: {name: checks.pids(project, name) for name in before},
                lambda now: all(now[name] and now[name] <= before[name] for name in before),
            )


def test_a_syntax_error_is_answered_with_its_traceback_until_the_next_save(
    scenario: Scenario, shop: Shop
) -> None:
    project = shop.project
    with project.watching() as watch:
        with scenario.step("a browser gets the traceback as a page"):
            save_in_place(project.root / SERIALIZERS, "class BookSerializer(:\n")
            page = eventually(
                lambda: checks.ask(project, "/api/books/1/", accept="text/html"),
                lambda seen: seen.status == 500,
            )
            assert page.headers["content-type"].startswith("text/html")
            assert "SyntaxError" in page.text
            assert SERIALIZERS in page.text

        with scenario.step("a program gets it as a problem document"):
            problem = checks.ask(project, "/api/books/1/", accept="application/json")
            assert (problem.status, problem.headers["content-type"]) == (500, "application/problem+json")
            assert "SyntaxError" in problem.json()["title"] + problem.json()["detail"]

        with scenario.step("who watches sees it once, and the log has it, too"):
            said = watch.says("hint: save the correction")
            assert said.count("\n    class BookSerializer(:\n") == 1, said
            assert "web | " not in said.replace("web | 2", ""), said  # what was asked, by its day
            eventually(lambda: checks.log(project, "web"), lambda log: "    class BookSerializer(:\n" in log)

        with scenario.step("the next good save is served"):
            shop.bookstore.save_serializer("healed")
            eventually(lambda: checks.edition(project), lambda seen: seen == "healed")
            assert checks.report(project)["orders_placed"] > 0
