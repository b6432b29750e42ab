"""The receiver that docs/partners.md shows takes what is sent, once, and refuses what is forged."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask.ctx import AppContext
from werkzeug.serving import make_server

from petition.partners.webhooks.replays import replay_since
from tests.docs.pages import DOCS
from tests.partners.webhooks.test_webhook_sending import EPOCH
from tests.partners.webhooks.world import make_world, read_states, send_all

EXAMPLE = re.search(r"```python\n(.*?)```", (DOCS / "partners.md").read_text("utf-8"), re.DOTALL)


@pytest.fixture
def shown() -> dict[str, Any]:
    """What the example defines, run as it is."""
    assert EXAMPLE is not None
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(compile(EXAMPLE[1], "partners.md", "exec"), names)  # noqa: S102
    return names


@pytest.fixture
def url(shown: dict[str, Any]) -> Iterator[str]:
    """The address at which the example listens."""
    server = make_server("127.0.0.1", 0, shown["app"])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hooks"
    server.shutdown()
    thread.join(10)


def test_it_takes_each_event_once(
    context: AppContext, shown: dict[str, Any], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world()
    made = world.hook(url)
    shown["secret"] = made.key
    world.give()
    world.withdraw()
    send_all()
    assert replay_since(world.group_id, made.id, EPOCH, only_failed=False, actor="partner:1") == 2
    send_all()

    assert read_states() == ["accepted"] * 2
    lines = [line for line in capsys.readouterr().out.splitlines() if "consent." in line]
    assert sorted(lines) == ["consent.given {'number': 1}", "consent.withdrawn {'number': 2}"]


def test_it_refuses_what_another_key_signed(
    context: AppContext, shown: dict[str, Any], url: str
) -> None:
    world = make_world()
    world.hook(url)
    shown["secret"] = "whsec_" + "A" * 44
    world.give()
    send_all()

    assert read_states() == ["retry_wait"]
    assert shown["seen"] == set()
