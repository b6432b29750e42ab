"""Making letters: what cannot be made is held for staff, and nothing untried stays on the disk."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.errors import LetterStale, StorageUnavailable
from petition.core.extensions import db, transaction
from petition.counting.ledger import count_batch
from petition.delivery import deliver, retry
from petition.delivery.log.delivery_log import get_delivery, read_log
from petition.dispatch.pauses import pause, resume
from petition.letters import make, removals
from petition.letters.sweep import sweep_superseded
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    HoldReason,
    LedgerEntry,
    Letter,
    Office,
    Signature,
    SignatureState,
)
from petition.web.staff.deliveries.timeline import write_diary
from tests.factories import (
    edit_signed,
    make_campaign,
    make_district,
    make_located,
    make_post,
    render_milestone,
)
from tests.letter_store import LetterStore
from tests.letters.samples import list_files

GOOD = "Please act, {{ district.name }}."


@dataclass
class Due:
    """Ids of a milestone of two people whose letter is due."""

    campaign_id: int
    milestone_id: int
    delivery_id: int


@pytest.fixture
def store(tmp_path: Path) -> LetterStore:
    return LetterStore(tmp_path / "letters")


def make_milestone(letter: str = GOOD) -> Due:
    with transaction() as session:
        campaign = make_campaign(session, step=2, letter=letter)
        district = make_district(session)
        make_post(session, district)
        make_located(session, campaign, district, 2)
        campaign_id = campaign.id
    (milestone_id,) = count_batch(campaign_id).milestones
    delivery_id = db.session.scalars(
        select(Delivery.id).where(Delivery.milestone_id == milestone_id)
    ).one()
    db.session.rollback()
    return Due(campaign_id, milestone_id, delivery_id)


def get_row(due: Due) -> Delivery:
    db.session.rollback()
    return db.session.get_one(Delivery, due.delivery_id, populate_existing=True)


def supersede(due: Due, store: LetterStore) -> None:
    """Make the letter, then have the office move, so that another takes its place."""
    render_milestone(due.milestone_id, store)
    with transaction() as session:
        session.execute(update(Office).values(address=["2 New Street", "Testville"]))
    assert deliver(due.delivery_id, store.read) is None


def move_office_back() -> None:
    """Have it move back on the same day: the same letter is made once more, byte by byte."""
    with transaction() as session:
        session.execute(update(Office).values(address=["1 Court Square", "Testville"]))


def test_a_letter_that_cannot_be_made_is_held_until_staff_queue_it_again(
    context: AppContext, store: LetterStore
) -> None:
    due = make_milestone("Dear {{ nobody.knows }}")

    assert render_milestone(due.milestone_id, store) == []

    row = get_row(due)
    assert (row.state, row.reason, row.due_at) == (
        DeliveryState.HELD,
        HoldReason.NOT_RENDERED,
        None,
    )
    assert list_files(store.root) == []
    event = read_log(due.delivery_id)[-1]
    assert event.detail == {"reason": "not-rendered", "code": "merge-field-refused"}
    (day,) = write_diary([event], {})
    assert day.entries[0].text == "Held: the letter could not be made (merge-field-refused)."

    with transaction() as session:
        edit_signed(session, letter=GOOD)
    assert get_delivery(due.delivery_id).can_retry
    assert retry(due.delivery_id, "staff:7", "mended") is DeliveryState.QUEUED
    assert render_milestone(due.milestone_id, store) == [due.delivery_id]
    assert get_row(due).state == DeliveryState.RENDERED


def test_the_pdf_of_a_letter_that_was_replaced_untried_is_removed(
    context: AppContext, store: LetterStore
) -> None:
    due = make_milestone()
    supersede(due, store)
    render_milestone(due.milestone_id, store)
    assert len(list_files(store.root)) == 2

    assert sweep_superseded(store) == 1
    assert sweep_superseded(store) == 0

    assert deliver(due.delivery_id, store.read) is DeliveryState.ACCEPTED
    assert len(list_files(store.root)) == 1
    assert "letter.removed" in [event.action for event in read_log(due.delivery_id)]


def test_the_pdf_of_a_letter_in_force_or_in_a_delivery_stays(
    context: AppContext, store: LetterStore
) -> None:
    due = make_milestone()
    render_milestone(due.milestone_id, store)
    assert sweep_superseded(store) == 0

    with transaction() as session:  # as when one of two channels has put it back
        session.execute(update(Letter).values(superseded_at=utcnow()))
    assert sweep_superseded(store) == 0
    assert len(list_files(store.root)) == 1


def test_the_same_bytes_that_are_in_force_again_stay(
    context: AppContext, store: LetterStore
) -> None:
    due = make_milestone()
    supersede(due, store)
    move_office_back()
    render_milestone(due.milestone_id, store)

    assert sweep_superseded(store) == 0

    hashes = db.session.scalars(select(Letter.sha256)).all()
    assert len(hashes) == 2 and len(set(hashes)) == 1
    assert deliver(due.delivery_id, store.read) is DeliveryState.ACCEPTED


class Sweeping(LetterStore):
    """A store that is swept whenever a letter was put, and cannot remove one while ``away``."""

    away = False

    def put(self, content: bytes) -> str:
        sha256 = super().put(content)
        sweep_superseded(self)
        return sha256

    def remove(self, sha256: str) -> bool:
        if self.away:
            raise StorageUnavailable("away")
        return super().remove(sha256)


def test_bytes_that_were_swept_while_their_letter_was_made_are_made_once_more(
    context: AppContext, store: LetterStore
) -> None:
    due = make_milestone()
    supersede(due, store)
    move_office_back()

    with pytest.raises(LetterStale):
        render_milestone(due.milestone_id, Sweeping(store.root))
    assert list_files(store.root) == []
    assert render_milestone(due.milestone_id, store) == [due.delivery_id]

    assert sweep_superseded(store) == 0
    assert deliver(due.delivery_id, store.read) is DeliveryState.ACCEPTED


def test_bytes_that_are_still_to_be_removed_are_not_filed_until_they_are(
    context: AppContext, store: LetterStore, make_later: Callable[[timedelta], None]
) -> None:
    due = make_milestone()
    supersede(due, store)
    move_office_back()
    sweeping = Sweeping(store.root)
    sweeping.away = True  # or the process that had asked was killed
    for _ in range(2):
        with pytest.raises(LetterStale):
            render_milestone(due.milestone_id, sweeping)

    assert sweep_superseded(store) == 0  # whoever asked may be about to
    make_later(timedelta(minutes=6))
    assert sweep_superseded(store) == 1

    with pytest.raises(LetterStale):
        render_milestone(due.milestone_id, store)
    render_milestone(due.milestone_id, store)
    assert deliver(due.delivery_id, store.read) is DeliveryState.ACCEPTED


def test_who_was_held_up_before_removing_removes_nothing(
    context: AppContext, store: LetterStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = make_milestone()
    supersede(due, store)
    monkeypatch.setattr(removals, "IN_TIME_SECONDS", -1.0)

    assert sweep_superseded(store) == 0

    assert len(list_files(store.root)) == 1


def test_nothing_is_claimed_or_laid_out_while_the_store_is_away(
    context: AppContext, store: LetterStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = make_milestone()
    before = get_row(due).due_at

    def refuse() -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(store, "check", refuse)
    monkeypatch.setattr(make, "render_letters", refuse)
    with pytest.raises(StorageUnavailable):
        render_milestone(due.milestone_id, store)

    assert (get_row(due).state, get_row(due).due_at) == (DeliveryState.QUEUED, before)


def test_a_letter_that_is_stale_when_it_is_done_leaves_no_pdf(
    context: AppContext, store: LetterStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = make_milestone()
    render = make.render_letters

    def render_slowly(*arguments: object) -> object:
        with transaction() as session:  # meanwhile somebody leaves
            first = session.scalars(select(LedgerEntry.signature_id).limit(1)).one()
            session.execute(
                update(Signature)
                .where(Signature.id == first)
                .values(state=SignatureState.WITHDRAWN, ended_at=utcnow(), due_at=utcnow())
            )
        return render(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(make, "render_letters", render_slowly)
    with pytest.raises(LetterStale):
        render_milestone(due.milestone_id, store)

    assert list_files(store.root) == []


@pytest.mark.parametrize("everything", [True, False], ids=["all", "one campaign"])
def test_no_letter_is_made_while_its_campaign_is_paused(
    context: AppContext, store: LetterStore, everything: bool
) -> None:
    due, other = make_milestone(), make_milestone()
    slug = None if everything else db.session.get_one(Campaign, due.campaign_id).slug
    db.session.rollback()

    pause(slug, actor="test")
    found = make.find_due_milestones()
    made = [render_milestone(one.milestone_id, store) for one in (due, other)]

    assert due.milestone_id not in found
    assert made == [[], [] if everything else [other.delivery_id]]
    resume(slug, actor="test")
    assert render_milestone(due.milestone_id, store) == [due.delivery_id]
