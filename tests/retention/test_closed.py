"""A campaign that closed long ago may lose its people: its counts, letters and codes stay."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.lifecycle import set_state
from petition.core.clock import utcnow
from petition.core.errors import UserError
from petition.core.extensions import db, get_settings, transaction
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.counting.public_snapshot import renew_counts_if_due
from petition.counting.recalls import count_left_behind, recall_batch
from petition.delivery.staff_decisions import cancel
from petition.health.findings import Fault
from petition.health.retention_check import check_keeping
from petition.letters.verification import read_letter
from petition.models import (
    AreaCount,
    Campaign,
    CampaignState,
    Consent,
    Delivery,
    District,
    LedgerEntry,
    Letter,
    Milestone,
    NamedMailbox,
    PublicTotal,
    Signature,
    SignatureState,
    Tally,
)
from petition.participants.cells import count_areas_if_due
from petition.retention.run import list_waiting
from petition.signers.erasure_log import find_journal
from petition.signers.status import read_status
from petition.signers.withdraw import withdraw_signature
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import (
    make_campaign,
    make_consent,
    make_district,
    make_located,
    make_offer,
    make_post,
    make_signature,
)
from tests.letter_store import LetterStore
from tests.retention.world import DAYS, age_counts, count_rows, erase_kind, find_campaign, list_held
from tests.stored_letters import store_milestone

LONG_AGO = timedelta(days=DAYS["closed"], minutes=1)
STEP = 20


def make_sent(signers: int = STEP + 3) -> tuple[int, int]:
    """Return a campaign that closed long ago and its district, whose letter is in the outbox."""
    with transaction() as session:
        campaign = make_campaign(session, step=STEP)
        district = make_district(session)
        make_post(session, district)
        for signature in make_located(session, campaign, district, signers):
            signature.cell = "872a306edffffff"
        ids = campaign.id, district.id
    count_batch(ids[0])
    milestone = db.session.scalars(select(Milestone.id)).one()
    db.session.rollback()
    for delivery_id in store_milestone(milestone, LetterStore(get_settings().letters_dir)):
        settle(delivery_id)
    count_areas_if_due()
    renew_counts_if_due()
    with transaction() as session:
        session.execute(
            text("UPDATE campaigns SET closes_at = :at WHERE id = :id").bindparams(
                at=utcnow() - LONG_AGO, id=ids[0]
            )
        )
    age_counts()
    return ids


def settle(delivery_id: int) -> None:
    """Have a delivery be accepted, as it goes."""
    with transaction() as session:
        milestone_id = session.get_one(Delivery, delivery_id).milestone_id
        for values in (
            {"state": "sending", "attempt": 1},
            {"state": "accepted", "due_at": None, "settled_at": utcnow()},
        ):
            session.execute(update(Delivery).where(Delivery.id == delivery_id).values(values))
        session.execute(
            update(Milestone).where(Milestone.id == milestone_id).values(sealed_at=utcnow())
        )


def read_counts() -> list[object]:
    """Return all that is counted and told, and every letter."""
    tables = (Tally, LedgerEntry, Milestone, Letter, Delivery, PublicTotal, AreaCount)
    found = [repr(db.session.execute(select(table.__table__)).all()) for table in tables]
    db.session.rollback()
    return [*found]


def test_counts_letters_and_codes_stay_and_nobody_is_held(limited: Flask) -> None:
    campaign_id, _ = make_sent()
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        for state in (SignatureState.REVIEW, SignatureState.WITHDRAWN, SignatureState.PENDING):
            ended = utcnow() if state == SignatureState.WITHDRAWN else None
            make_signature(session, campaign, state=state, due_at=None, ended_at=ended)
    before = read_counts()
    code = db.session.scalars(select(Milestone.code)).one()
    told = read_letter(code)
    db.session.rollback()
    assert len(list_held()) == STEP + 6

    assert erase_kind("closed") == STEP + 6

    assert list_held() == set()
    db.session.expire_all()
    rows = db.session.scalars(select(Signature)).all()
    assert {(row.state, row.email_digest, row.cell, row.due_at) for row in rows} == {
        ("erased", None, None, None)
    }
    db.session.rollback()
    for _ in range(2):
        take_out_batch(campaign_id)
        count_batch(campaign_id)
        count_areas_if_due()
        renew_counts_if_due()
    assert read_counts() == before
    assert read_letter(code) == told
    # Replayed after a restore, a decision would take them out of the counts.
    assert not find_journal().exists() or find_journal().read_text() == ""
    assert LetterStore(get_settings().letters_dir).read(told.posted[0].sha256 or "")


def test_its_signers_page_says_what_is_so(limited: Flask) -> None:
    make_sent()
    signature_id = min(list_held())
    token = make_token(signature_id, LinkPurpose.STATUS)
    erase_kind("closed")

    status = read_status(token)

    code = db.session.scalars(select(Milestone.code)).one()
    assert (status.state, [letter.code for letter in status.past]) == ("erased", [code])
    assert status.kept_until is None  # no mark of the mailbox: nobody can sign it anew
    assert count_rows(NamedMailbox) == 0


def test_it_goes_in_batches_and_ends_what_was_begun(
    limited: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sent()
    before = read_counts()
    monkeypatch.setattr("petition.retention.run.BATCH", 4)

    calls: list[int] = []

    def interrupt(ids: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("petition.retention.closed_campaigns.forget_mails", interrupt)
    with pytest.raises(KeyboardInterrupt):
        erase_kind("closed")
    assert len(list_held()) == STEP + 3 - 8

    erase_kind("closed")

    assert list_held() == set()
    assert read_counts() == before


def test_it_is_never_opened_again(limited: Flask) -> None:
    campaign_id, _ = make_sent()
    erase_kind("closed")
    campaign = find_campaign(campaign_id)
    slug = campaign.slug
    assert campaign.state == CampaignState.CLOSED and campaign.people_erased_at is not None
    db.session.rollback()

    with pytest.raises(UserError, match=CampaignProblem.PEOPLE_ERASED):
        set_state(slug, CampaignState.OPEN)
    for change in (
        "UPDATE campaigns SET state = 'open'",
        "UPDATE campaigns SET people_erased_at = NULL",
        "UPDATE campaigns SET people_erased_at = created_at",
    ):
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text(change))


def test_nobody_is_counted_there_any_more(limited: Flask) -> None:
    campaign_id, district_id = make_sent()
    erase_kind("closed")
    before = read_counts()
    with transaction() as session:
        district = session.get_one(District, district_id)
        make_located(session, session.get_one(Campaign, campaign_id), district, STEP)

    assert count_batch(campaign_id).signatures == 0

    assert read_counts() == before


def test_other_boundaries_leave_its_counts_alone(limited: Flask) -> None:
    campaign_id, district_id = make_sent()
    erase_kind("closed")
    before = read_counts()
    with transaction() as session:
        session.execute(update(District).values(in_force=False))

    assert (recall_batch(), count_left_behind()) == (0, 0)
    assert read_counts() == before


def test_a_letter_that_may_be_made_anew_is_waited_for(limited: Flask) -> None:
    with transaction() as session:
        campaign = make_campaign(session, step=2, closes_at=utcnow() - LONG_AGO)
        district = make_district(session)
        make_post(session, district)
        make_located(session, campaign, district, 2)
        campaign_id, slug = campaign.id, campaign.slug
    assert (erase_kind("closed"), list_waiting()) == (0, [slug])  # to be counted
    count_batch(campaign_id)
    assert (erase_kind("closed"), list_waiting()) == (0, [slug])  # to be made
    age_counts()
    assert (erase_kind("closed"), list_waiting()) == (0, [slug])  # it still is
    assert find_campaign(campaign_id).people_erased_at is None
    db.session.rollback()
    with pytest.raises(Fault, match=f"1 campaign closed.*{slug}"):
        check_keeping()

    delivery = db.session.scalars(select(Delivery.id)).one()
    db.session.rollback()
    cancel(delivery, "cli", "closed")

    assert list_waiting() == []
    assert erase_kind("closed") == 2


def test_who_withdrew_and_is_still_counted_is_waited_for(limited: Flask) -> None:
    campaign_id, _ = make_sent()
    leaver = min(list_held())
    withdraw_signature(leaver)

    assert erase_kind("closed") == 0
    take_out_batch(campaign_id)
    assert erase_kind("closed") == 0  # the public was not told yet
    age_counts()
    assert erase_kind("closed") == STEP + 3

    assert db.session.scalars(select(Tally.live)).one() == STEP + 2


def test_consents_are_taken_back_and_their_rows_stay(limited: Flask) -> None:
    campaign_id, _ = make_sent()
    with transaction() as session:
        offer = make_offer(session, session.get_one(Campaign, campaign_id))
        signer = session.scalars(select(Signature.id).limit(1)).one()
        make_consent(session, signer, offer)

    erase_kind("closed")

    consent = db.session.scalars(select(Consent)).one()
    assert consent.withdrawn_at is not None


def test_a_campaign_that_is_open_or_closed_lately_keeps_its_people(
    limited: Flask, make_later: Callable[[timedelta], None]
) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        make_located(session, campaign, make_district(session), 2)
        campaign_id, slug = campaign.id, campaign.slug
    count_batch(campaign_id)
    age_counts()
    make_later(LONG_AGO)
    assert erase_kind("closed") == 0  # it is open
    set_state(slug, CampaignState.CLOSED)
    assert erase_kind("closed") == 0  # closed just now

    make_later(LONG_AGO)

    assert erase_kind("closed") == 2
