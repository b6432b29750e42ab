"""FAULT 25: links of before a restore, each opened and posted in every way, act on nobody else."""

import random
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.models import Campaign, Signature, SignatureState
from petition.signers.withdraw import erase_signature, withdraw_signature
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.location_questions import make_question
from tests.factories import make_person, make_signature
from tests.ground import SLUG
from tests.restore.backup import restore, save
from tests.web.public_world import CAMPAIGN, make_world

PENDING = {"state": SignatureState.PENDING, "confirmed_at": None, "seat": None}
STATES: list[dict[str, Any]] = [
    PENDING,
    {},
    {"state": SignatureState.COUNTED, "due_at": None},
    {"state": SignatureState.REVIEW, "due_at": None, "review_reason": "several"},
]
ACTS = ("confirm", "withdraw", "erase", "address", "amend", "renew", "replace", "add", "")
TYPED = {"street_address": "1 West Street", "postal_code": "02139", "given_name": "Alice"}
GONE = (404, 405, 410)


@dataclass(frozen=True)
class Links:
    """All that leads to one signature."""

    number: int
    confirm: str
    unsubscribe: str
    own: str
    questions: tuple[str, str]

    def list_pages(self) -> list[str]:
        """Return what is opened."""
        below = [f"{self.own}/{page}" for page in ("data.json", "choices", "reachable")]
        return [self.confirm, self.unsubscribe, self.own, *below, *self.questions]

    def list_posts(self) -> list[tuple[str, dict[str, str]]]:
        """Return what is sent, and where to."""
        acts = [(path, {"do": act} | TYPED) for path in (self.own, self.confirm) for act in ACTS]
        below = [(f"{self.own}/{page}", {"do": "save"}) for page in ("choices", "reachable")]
        homes = [(path, form) for path in self.questions for form in (TYPED, {"home": "x"})]
        return [*acts, *below, *homes, (self.unsubscribe, {"List-Unsubscribe": "One-Click"})]


def add(chance: random.Random, name: str) -> int:
    """Let somebody sign, whatever became of it."""
    with transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        person = make_person(given_name=name)
        number = make_signature(session, campaign, person=person, **chance.choice(STATES)).id
    end = chance.choice([None, None, None, None, withdraw_signature, erase_signature])
    if end is not None:
        end(number)
    return number


def find_links(number: int) -> Links:
    campaign_id = db.session.scalars(select(Campaign.id)).one()
    question = make_question(number, campaign_id, "09012")
    return Links(
        number,
        f"/confirm/{make_token(number, LinkPurpose.CONFIRM)}",
        f"/unsubscribe/{make_token(number, LinkPurpose.UNSUBSCRIBE)}",
        f"/signatures/{make_token(number, LinkPurpose.STATUS)}",
        (f"{CAMPAIGN}/address/{question}", f"/embed/{SLUG}/address/{question}"),
    )


def read_rows() -> list[tuple[object, ...]]:
    db.session.rollback()
    table = Signature.__table__
    return [tuple(row) for row in db.session.execute(select(table).order_by(table.c.id))]


@pytest.mark.timeout(3600)
def test_links_of_after_a_backup_act_on_nobody_who_gets_their_numbers(
    app: Flask, rounds: int
) -> None:
    chance = random.Random(25)  # noqa: S311
    make_world(app, confirm_email=True)
    with app.app_context():
        for _ in range(3):
            add(chance, "Zoe")
        for _ in range(rounds):
            backup = save()
            lost = [find_links(add(chance, "Alice")) for _ in range(chance.randint(1, 5))]
            restore(backup)
            given = {add(chance, "Bella") for _ in range(chance.randint(1, 6))}
            before = read_rows()
            db.session.remove()

            chance.shuffle(lost)
            for links in lost:
                _check_dead(app, chance, links)

            assert read_rows() == before
            assert lost[0].number in given or len(given) < len(lost)
            _check_own(app, max(given))


def _check_dead(app: Flask, chance: random.Random, links: Links) -> None:
    client = app.test_client()
    posts = links.list_posts()
    chance.shuffle(posts)
    for page in links.list_pages():
        answer = client.get(page)
        shown = page in links.questions and answer.status_code in (200, 303)
        assert shown or answer.status_code in GONE or answer.location, page
        assert "Bella" not in answer.text
    for path, form in posts:
        answer = client.post(path, data=form)
        # What is typed wrongly is told before anybody is looked for.
        assert answer.status_code in (*GONE, 422), (path, form)
        assert "Bella" not in answer.text


def _check_own(app: Flask, number: int) -> None:
    """The newcomer's own link opens, whoever had the number before."""
    own = find_links(number).own
    db.session.remove()
    assert app.test_client().get(own).status_code == 200
