"""While letters are paused none is begun, and once resumed each goes once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.delivery import letter_kind
from petition.delivery.send import deliver
from petition.dispatch.pauses import list_pauses, pause, resume
from petition.models import Attempt, Campaign, Delivery, DeliveryState, Event, Pause
from petition.models.outgoing.envelope import Envelope
from petition.models.slug_problems import SlugProblem
from tests.delivery.conftest import Ready, build_ready
from tests.delivery.letter_engine import LetterClaim, find_due

Enter = Callable[..., Flask]
ACTOR = "test"


def name(ready: Ready) -> str:
    return db.session.get_one(Campaign, ready.campaign_id).slug


def send(ready: Ready) -> list[DeliveryState | None]:
    return [deliver(number, ready.read_letter) for number in ready.delivery_ids]


def count_attempts(ready: Ready) -> int:
    query = select(func.count()).where(Attempt.delivery_id.in_(ready.delivery_ids))
    db.session.rollback()
    return db.session.scalar(query) or 0


@pytest.mark.parametrize("everything", [True, False], ids=["all", "one campaign"])
def test_nothing_begins_while_paused_and_each_goes_once_after(
    enter: Enter, everything: bool
) -> None:
    enter()
    ready, other = build_ready(posts=3), build_ready(posts=2)
    slug = None if everything else name(ready)

    assert pause(slug, "a slip in the letter", actor=ACTOR)
    paused, due = send(ready), set(find_due())
    others = send(other)

    assert paused == [None] * 3
    assert count_attempts(ready) == 0
    assert due == (set() if everything else set(other.delivery_ids))
    assert others == [None if everything else DeliveryState.ACCEPTED] * 2

    assert resume(slug, actor=ACTOR)
    assert set(ready.delivery_ids) <= set(find_due())
    assert send(ready) == [DeliveryState.ACCEPTED] * 3
    assert send(ready) == [None] * 3
    assert count_attempts(ready) == 3


def test_a_campaign_stays_paused_while_all_are_and_the_other_way_round(enter: Enter) -> None:
    enter()
    ready = build_ready()
    for slug in (None, name(ready)):
        pause(slug, actor=ACTOR)

    resume(name(ready), actor=ACTOR)
    assert send(ready) == [None]
    pause(name(ready), actor=ACTOR)
    resume(None, actor=ACTOR)
    assert send(ready) == [None]
    resume(name(ready), actor=ACTOR)

    assert send(ready) == [DeliveryState.ACCEPTED]


def test_many_pause_at_once_and_one_pause_is_in_force(enter: Enter) -> None:
    app = enter()
    slug = name(build_ready())

    def act(number: int) -> bool:
        with app.app_context():
            return pause(slug if number % 2 else None, actor=ACTOR)

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(act, range(16)))

    assert sum(made) == 2
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Pause)) == 2
    assert [held.campaign for held in list_pauses(db.session())] == [None, slug]


def test_each_pause_is_an_event_and_only_the_first(enter: Enter) -> None:
    enter()
    slug = name(build_ready())

    changes = [pause(slug, "x\ny", actor=ACTOR), pause(slug, actor=ACTOR)]
    changes += [resume(slug, actor=ACTOR), resume(slug, actor=ACTOR)]

    assert changes == [True, False, True, False]
    query = select(Event.action).where(Event.subject == "pause").order_by(Event.id)
    assert list(db.session.scalars(query)) == ["letters.paused", "letters.resumed"]
    assert db.session.scalars(select(Pause)).one().reason == "x y"


def test_a_campaign_that_there_is_not_is_said(enter: Enter) -> None:
    enter()
    with pytest.raises(NotFound, match=SlugProblem.CAMPAIGN_UNKNOWN) as refused:
        pause("nowhere", actor=ACTOR)
    assert refused.value.problem.params == {"slug": "nowhere"}


def test_a_letter_in_hand_is_ended(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    enter()
    ready = build_ready()
    keep_envelope = letter_kind.keep_envelope

    def pause_first(claimed: LetterClaim, compose: Callable[[], Envelope]) -> Envelope:
        pause(None, actor=ACTOR)
        return keep_envelope(claimed, compose)

    monkeypatch.setattr(letter_kind, "keep_envelope", pause_first)
    assert deliver(ready.delivery_id, ready.read_letter) == DeliveryState.ACCEPTED
    assert db.session.get_one(Delivery, ready.delivery_id).attempt == 1


def test_a_letter_that_is_only_read_is_not_begun(enter: Enter) -> None:
    enter()
    ready = build_ready()

    def read_letter(sha256: str) -> bytes:
        pause(None, actor=ACTOR)
        return ready.read_letter(sha256)

    assert deliver(ready.delivery_id, read_letter) is None
    assert db.session.get_one(Delivery, ready.delivery_id).attempt == 0
