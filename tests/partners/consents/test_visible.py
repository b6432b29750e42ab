"""Whom an organization may see: those who allowed it, and nobody in any other state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import (
    Campaign,
    Consent,
    ConsentOffer,
    Organization,
    OrganizationState,
    Signature,
    SignatureState,
)
from petition.models.states import ENDED
from petition.partners.consents.visible import select_reachable, select_visible
from tests.factories import make_consent, make_offer, make_signature
from tests.partners.consents.conftest import Signed

NOW = utcnow()


def list_seen(group: int, purpose: str = "contact", *, reachable: bool = False) -> list[int]:
    build = select_reachable if reachable else select_visible
    rows = db.session.execute(build(group, purpose)).all()
    db.session.rollback()
    return sorted(row.consent_id for row in rows)


def set_signature(**values: Any) -> Callable[[Signed], None]:
    def change(signed: Signed) -> None:
        with transaction() as session:
            session.execute(
                update(Signature).where(Signature.id == signed.signature_id).values(values)
            )

    return change


def set_consent(**values: Any) -> Callable[[Signed], None]:
    def change(signed: Signed) -> None:
        with transaction() as session:
            session.execute(
                update(Consent).where(Consent.id == signed.consents["riders"]).values(values)
            )

    return change


HIDDEN = {
    "withdrawn consent": set_consent(withdrawn_at=NOW),
    "mailbox not proved": set_signature(proved_at=None),
    **{
        f"signature {state}": set_signature(
            state=state, ended_at=NOW, **({"person": None} if state == "erased" else {})
        )
        for state in ENDED
        if state != SignatureState.EXPIRED
    },
}


def test_who_allowed_it_is_seen_by_that_organization(signed: Signed) -> None:
    for slug, group in signed.groups.items():
        assert list_seen(group) == [signed.consents[slug]]
        assert list_seen(group, reachable=True) == [signed.consents[slug]]


@pytest.mark.parametrize("state", HIDDEN)
def test_nobody_else_is_seen(signed: Signed, state: str) -> None:
    HIDDEN[state](signed)

    assert list_seen(signed.groups["riders"]) == []
    assert list_seen(signed.groups["riders"], reachable=True) == []


@pytest.mark.parametrize("state", ["review", "located", "counted"])
def test_wherever_a_live_signature_is_on_its_way_it_is_seen(signed: Signed, state: str) -> None:
    for step in ("located", "counted") if state == "counted" else (state,):
        set_signature(state=step)(signed)

    assert list_seen(signed.groups["riders"]) == [signed.consents["riders"]]


def test_answers_that_nobody_confirmed_are_not_seen(signed: Signed) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, signed.campaign_id)
        pending = make_signature(session, campaign, state="pending", confirmed_at=None)
        # As if it had been proved before it was confirmed.
        pending.proved_at = NOW
        session.flush()
        offer = session.get_one(ConsentOffer, signed.offers["riders"])
        make_consent(session, pending.id, offer)

    assert list_seen(signed.groups["riders"]) == [signed.consents["riders"]]


def test_another_purpose_or_organization_sees_nobody(signed: Signed) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, signed.campaign_id)
        offer = make_offer(session, campaign, slug="strangers")
        stranger = offer.organization_id

    assert list_seen(signed.groups["riders"], "updates") == []
    assert list_seen(stranger) == []


@pytest.mark.parametrize("column", ["unreachable_at", "unsubscribed_at"])
def test_who_cannot_be_written_to_is_seen_and_not_written_to(signed: Signed, column: str) -> None:
    set_signature(**{column: NOW - timedelta(days=1)})(signed)

    assert list_seen(signed.groups["riders"]) == [signed.consents["riders"]]
    assert list_seen(signed.groups["riders"], reachable=True) == []


def test_a_retired_wording_still_allows_what_was_given_in_it(signed: Signed) -> None:
    with transaction() as session:
        session.execute(update(ConsentOffer).values(retired_at=NOW))

    assert list_seen(signed.groups["riders"]) == [signed.consents["riders"]]


def test_a_suspended_organization_sees_nobody_until_it_is_approved_again(signed: Signed) -> None:
    riders = signed.groups["riders"]
    seen = []
    for state in (OrganizationState.SUSPENDED, OrganizationState.APPROVED):
        with transaction() as session:
            session.execute(
                update(Organization).where(Organization.id == riders).values(state=state)
            )
        seen.append((list_seen(riders), list_seen(riders, reachable=True)))

    assert seen == [([], []), ([signed.consents["riders"]],) * 2]
    assert list_seen(signed.groups["walkers"]) == [signed.consents["walkers"]]
