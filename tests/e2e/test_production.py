"""The production target: the same app, without anything that only development needs."""

from __future__ import annotations

import re

from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

LOOK = "id -u; ls -d /opt/devenv; for tool in uv pytest ruff; do command -v $tool; done; true"


def test_the_production_target_answers_and_holds_no_development_tool(scenario: Scenario, shop: Shop) -> None:
    docker, image = shop.project.engine.docker, f"{shop.project.name}-production"
    try:
        with scenario.step("`build --target production` makes it"):
            assert (
                shop.project.devenv("build", "--target", "production", "--tag", image).stdout.strip() == image
            )

        with scenario.step("it has no agent and no development tool, and does not run as root"):
            assert docker("run", "--rm", image, "sh", "-c", LOOK).split() == ["1000"]

        with scenario.step("it answers, and its style sheets have names of their own content"):
            network = ("--network", f"{shop.project.name}_default", "-p", "127.0.0.1::8000")
            environ = {
                "SECRET_KEY": "of this scenario only",
                "ALLOWED_HOSTS": "127.0.0.1",
                "DATABASE_URL": exported(shop, "DATABASE_URL"),
                "REDIS_URL": exported(shop, "REDIS_URL"),
            }
            options = [part for name, value in environ.items() for part in ("--env", f"{name}={value}")]
            docker("run", "--detach", "--name", image, *network, *options, image)
            url = f"http://{docker('port', image, '8000').split()[0]}"
            page = eventually(
                lambda: checks.fetch(f"{url}/", accept="text/html"), lambda seen: seen.status == 200
            )
            style = re.search(r'href="(/static/catalog/shop\.[0-9a-f]+\.css)"', page.text)
            assert style, page.text
            assert "/.devenv/" not in page.text
            assert checks.fetch(url + style[1], accept="text/css").status == 200
            assert len(checks.fetch(f"{url}/api/books/").json()["results"]) == 12
    finally:
        docker("rm", "--force", "--volumes", image, check=False)
        docker("image", "rm", "--force", image, check=False)


def exported(shop: Shop, name: str) -> str:
    return shop.project.devenv("exec", "web", "printenv", name).stdout.strip()
