"""FAULT 11: what no robot gains, all the way to the count (the rest: tests/web/test_guards.py)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.models import LedgerEntry, Mail, Milestone, Signature
from petition.notifications.confirmations import mail_batch
from tests.ground import fill_form
from tests.redistricting.world import work
from tests.web.public_world import count_signatures, make_world, sign

STEP = 10
TRACES = (
    {"subject": "Cheap watches"},
    {"altcha": "made up", "subject": " x "},
)
# What may happen to a person is told in words, and nothing is stored.
TOLD = ({"drawn": "made up"}, {"email": "robot{}@mailinator.com"})
PROOFS = ({}, {"altcha": ""}, {"altcha": "made up"}, {"altcha": "e30="}, {"altcha": "x" * 5_000})
AWAY = {"REDIS_URL": "unix:///nowhere/valkey.sock"}


def test_robots_reach_no_count_no_letter_and_no_mailbox(app: Flask) -> None:
    world = make_world(app, step=STEP)
    people = STEP - 1
    for number in range(people):
        assert sign(app, fill_form(number)).status_code == 303
    robots = 0
    for number in range(100, 120):
        for traces in TRACES:
            robots += 1
            assert sign(app, fill_form(number * 10 + robots) | traces).status_code == 303
        for traces in TOLD:
            form = fill_form(number) | traces
            form["email"] = form["email"].format(number)
            assert sign(app, form).status_code == 422

    with app.app_context():
        work(world.campaign_id)

        assert db.session.scalar(select(func.count(LedgerEntry.signature_id))) == people
        assert db.session.scalar(select(func.count(Milestone.id))) == 0
        counts = select(Signature.state, func.count()).group_by(Signature.state)
        states = {row[0]: row[1] for row in db.session.execute(counts)}
        assert states == {"counted": people, "rejected": robots}
        assert db.session.scalar(select(func.count(Mail.id))) == 0


def test_robots_are_mailed_no_confirmation(app: Flask) -> None:
    make_world(app, confirm_email=True)
    for number, traces in enumerate(TRACES):
        assert sign(app, fill_form(number) | traces).status_code == 303

    with app.app_context():
        assert mail_batch() == 0
        assert set(db.session.scalars(select(Signature.state))) == {"rejected"}


def test_without_a_good_proof_of_work_nobody_counts_where_one_is_asked_for(app: Flask) -> None:
    world = make_world(app, step=STEP, guards={"proof_of_work": "always"})

    answers = [
        sign(app, fill_form(number) | proof).status_code
        for number, proof in enumerate(PROOFS * STEP)
    ]

    # Nothing sent is told in words; a wrong one is a robot's, and answered like everybody's.
    assert answers == [429, 429, 303, 303, 303] * STEP
    with app.app_context():
        work(world.campaign_id)
        assert set(db.session.scalars(select(Signature.reject_reason))) == {"proof"}
        assert db.session.scalar(select(func.count(LedgerEntry.signature_id))) == 0


def forge(number: int) -> dict[str, str]:
    """Return headers by which a robot may want to pass for another network each time."""
    address = f"198.51.{number // 250}.{number % 250}"
    lines = (address, f"{address}, {address}", f"{address}:80", f"[2001:db8:{number:x}::1]", "::1")
    return {
        "X-Forwarded-For": lines[number % len(lines)],
        "X-Real-IP": address,
        "Forwarded": f"for={address}",
        "True-Client-IP": address,
        "CF-Connecting-IP": address,
        "Client-IP": address,
    }


@pytest.mark.parametrize("away", [False, True], ids=["in Redis", "without Redis"])
@pytest.mark.parametrize("hops", [0, 1, 2])
def test_no_header_makes_one_network_many(
    make_app: Callable[..., Flask], hops: int, away: bool
) -> None:
    app = make_app(
        PETITION_SIGN_LIMIT="6 per minute",
        PETITION_PROXY_HOPS=str(hops),
        **(AWAY if away else {}),
    )
    make_world(app, guards={"proof_of_work": "off"})
    # What the operator's own proxies add at the end: the robot's address, then the nearer proxy's.
    added = ["192.0.2.7", "10.0.0.1"][:hops]

    def send(number: int) -> int:
        headers = forge(number)
        headers["X-Forwarded-For"] = ", ".join([headers["X-Forwarded-For"], *added])
        return sign(app, fill_form(number), headers=headers).status_code

    answers = [send(number) for number in range(40)]

    assert answers.count(303) == count_signatures(app) == 6
    assert set(answers) == {303, 429}


def test_a_crowd_from_one_address_is_held_while_redis_is_away(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="30 per minute; 600 per hour", **AWAY)
    make_world(app)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: sign(app, fill_form(n)).status_code, range(1_000)))

    # A third of the limit, since none of them brings a proof of work.
    assert answers.count(303) == count_signatures(app) <= 10
    assert set(answers) == {303, 429}
