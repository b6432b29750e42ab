"""Once anyone has signed: what they signed stays, and all else holds from the next milestone."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.campaigns.definition import FIELDS, SIGNED
from petition.campaigns.lifecycle import create_campaign, set_state, update_campaign
from petition.campaigns.problem_codes import DefinitionRefused
from petition.core.extensions import db, transaction
from petition.counting.ledger import count_batch
from petition.letters.merge import find_merge_problem
from petition.models import Campaign, CampaignState, District, Letter, Organization
from tests.factories import (
    make_district,
    make_located,
    make_post,
    render_milestone,
)
from tests.letter_store import LetterStore
from tests.letters.samples import read_text

VALUES: dict[str, Any] = {
    "slug": "buses",
    "title": "Keep the buses",
    "letter": "Please keep the 38 running.",
    "ask": "Please keep every bus.",
    "organization": "Riders Together",
    "organization_address": ["1 Old Street"],
    "organization_email": "old@riders.example",
    "layers": ["county"],
    "step": 10,
}
OTHER: dict[str, Any] = {
    "title": "Keep the trains",
    "letter": "Please keep the 83 running.",
    "opening": "Dear all,",
    "closing": "Thank you,",
    "topic": "Trains",
    "language": "es",
    "message": "I ride it.",
    "organization": "Others",
    "bill_number": "H. 1",
    "position": "support",
    "ask": "Please keep every train.",
    "bill_title": "An Act",
    "layers": ["county", "cd"],
    "recipients": {"county": ["board"]},
    "step": 20,
    "confirm_email": False,
    "confirm_after_close": True,
}
FREE: dict[str, Any] = {
    "logo": "riders",
    "accent": "#0b5a78",
    "organization_address": ["2 New Street"],
    "organization_email": "new@riders.example",
    "closes_at": datetime(2030, 1, 1, tzinfo=UTC),
    "deadline": date(2030, 1, 1),
    "contact": {"person": "Jo Rivera", "telephone": "(617) 555-0100"},
}


@pytest.fixture
def signed(context: AppContext) -> int:
    """An open campaign that ten people of one district have signed; its id."""
    campaign_id = create_campaign(VALUES, find_merge_problem)
    set_state(VALUES["slug"], CampaignState.OPEN)
    with transaction() as session:
        session.add(Organization(slug="riders", name="Riders Together"))
        district = make_district(session)
        make_post(session, district)
        make_located(session, session.get_one(Campaign, campaign_id), district, 10)
    return campaign_id


def test_each_change_of_what_people_signed_is_a_problem_of_its_field(signed: int) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        update_campaign(VALUES | OTHER | {"recent_shown": 3, "step": 9}, find_merge_problem)

    found = {(problem.field, problem.code) for problem in refused.value.problems}
    assert found == {(name, "signed") for name in {*OTHER} - {"step"}} | {("step", "out-of-range")}
    campaign = db.session.get_one(Campaign, signed)
    assert (campaign.title, campaign.recent_shown) == (VALUES["title"], 10)


def test_what_people_sign_is_a_list_that_this_test_knows_whole() -> None:
    assert set(SIGNED) == set(OTHER) <= set(FIELDS)


def test_logo_contact_deadline_and_layout_hold_from_the_next_milestone(
    signed: int, tmp_path: Path
) -> None:
    store = LetterStore(tmp_path / "letters")
    render_milestone(count_batch(signed).milestones[0], store)
    before = {letter.sha256: store.read(letter.sha256) for letter in list_letters()}

    changed = update_campaign(VALUES | FREE, find_merge_problem)

    assert set(changed) == set(FREE)
    with transaction() as session:
        campaign = session.get_one(Campaign, signed)
        make_located(session, campaign, session.scalars(select(District)).one(), 10)
    render_milestone(count_batch(signed).milestones[0], store)
    old, new = (store.read(letter.sha256) for letter in list_letters())
    assert {old} == set(before.values())
    assert "1 Old Street" in read_text(old) and "old@riders.example" in read_text(old)
    assert "2 New Street" in read_text(new) and "new@riders.example" in read_text(new)


def list_letters() -> list[Letter]:
    """Return the letters in the order in which they were made."""
    db.session.rollback()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))
