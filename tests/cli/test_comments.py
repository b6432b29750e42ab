"""``petition comments``: words at the command line, one object a line, and the decisions."""

import json
from typing import Any

from flask import Flask

from petition.core.queues import Stage, get_queues
from petition.models import DeliveryState
from tests.cli.runner import run
from tests.comments.world import Hundred, make_hundred, read_states
from tests.stored_letters import store_milestone

WORDS = ["The 83 never comes.", "Look: www.evil.example", "the 83 NEVER comes", ""]


def lay(app: Flask, **campaign: Any) -> Hundred:
    with app.app_context():
        return make_hundred(WORDS, **({"slug": "buses", "comments": "reviewed"} | campaign))


def read_lines(app: Flask, *options: str) -> list[dict[str, Any]]:
    output = run(app, "comments", "list", "--json", *options).output
    return [json.loads(line) for line in output.splitlines()]


def test_nothing_that_waits_is_said_in_words_and_is_no_line(app: Flask) -> None:
    assert "No comments are waiting." in run(app, "comments", "list").output
    assert read_lines(app) == []


def test_the_list_is_one_object_a_line_and_names_nobody(app: Flask) -> None:
    hundred = lay(app)
    with app.app_context():
        hundred.count()

    first, second = read_lines(app)

    assert (first["id"], first["same"]) == (hundred.signature_ids[0], [hundred.signature_ids[2]])
    assert (first["campaign"], first["comment"]) == ("buses", WORDS[0])
    assert first["district"].endswith("County, MA")
    assert (first["state"], first["reason"], first["letter"]) == ("waiting", None, "due")
    assert second["reason"] == "link"
    table = run(app, "comments", "list").output
    assert "2 of 2." in table and WORDS[0] in table
    assert "Example" not in table and "people.example" not in json.dumps([first, second])


def test_the_list_is_narrowed_by_campaign_and_state(app: Flask) -> None:
    hundred = lay(app)
    run(app, "comments", "strike", str(hundred.signature_ids[1]), "--why", "an advertisement")

    assert [row["id"] for row in read_lines(app, "--state", "struck")] == hundred.signature_ids[1:2]
    assert read_lines(app, "--state", "allowed") == []
    assert len(read_lines(app, "--campaign", "buses")) == 1
    assert read_lines(app, "--campaign", "no-such") == []
    assert len(read_lines(app, "--size", "1", "--page", "1")) == 1


def test_words_are_allowed_and_struck_by_their_ids(app: Flask) -> None:
    hundred = lay(app)
    first, second, third, fourth = map(str, hundred.signature_ids)

    allowed = run(app, "comments", "allow", first, "--same")
    struck = run(app, "comments", "strike", second, "--why", "an advertisement")
    careless = run(app, "comments", "strike", third)
    nothing = run(app, "comments", "allow", fourth)

    assert "2 comments are allowed." in allowed.output
    assert "1 comment is struck." in struck.output
    assert (careless.exit_code, nothing.exit_code) == (2, 1)
    assert "has no comment to decide on" in nothing.output
    with app.app_context():
        assert read_states() == ["allowed", "struck", "allowed", None]


def test_who_strikes_too_late_is_told_that_the_letter_has_gone(app: Flask) -> None:
    hundred = lay(app, comments="all")
    with app.app_context():
        hundred.render(hundred.count())
        assert hundred.send() is DeliveryState.ACCEPTED
    number = str(hundred.signature_ids[0])

    told = run(app, "comments", "strike", number, "--why", "late").output

    assert f"For 1 of them a letter was already being sent, and stays as it is: {number}." in told


def test_a_decision_wakes_the_letter_that_waited_for_it(app: Flask) -> None:
    hundred = lay(app, comments="all", comment_wait=48)
    with app.app_context():
        milestone_id = hundred.count()
        store_milestone(milestone_id, hundred.store)

    run(app, "comments", "allow", str(hundred.signature_ids[1]))

    with app.app_context():
        jobs = [list(job.args) for job in get_queues().queue(Stage.RENDER).jobs]
    assert jobs == [[milestone_id]]


def test_the_status_says_how_many_wait(app: Flask) -> None:
    lay(app)

    assert json.loads(run(app, "status", "--json").output)["comments_waiting"] == 3
    assert "Comments to read: 3." in run(app, "status").output
