"""Signing: durable once answered, one row for a person, nothing stored by halves."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import func, select, text

from petition.core.clock import utcnow
from petition.core.errors import CampaignNotOpen, InvalidInput, NotFound, TokenExpired, TokenRefused
from petition.core.extensions import db, transaction
from petition.letters.printed_text import clean_name, clean_paragraphs
from petition.models import (
    CampaignState,
    Consent,
    ConsentOffer,
    Organization,
    Signature,
    SignatureState,
)
from petition.participants.recent import abbreviate
from petition.signers.confirm import confirm, look
from petition.signers.withdraw import erase_signature, withdraw_signature
from petition.signing.form import read_name_and_words
from petition.signing.form_problems import FormProblem
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.sign import sign
from tests.factories import make_campaign, make_person, make_signature


@dataclass(frozen=True)
class Place:
    place: str = "Cambridge"
    states: tuple[str, ...] = ("MA",)


def find_place(postal_code: str) -> Place | None:
    return Place() if postal_code == "02139" else None


def fill_form(**changes: str) -> dict[str, str]:
    return {
        "given_name": "Ada",
        "family_name": "Example",
        "email": "ada@people.example",
        "postal_code": "02139",
    } | changes


@pytest.fixture
def slug(context: AppContext) -> str:
    """An open campaign that asks for no confirmation."""
    with transaction() as session:
        return make_campaign(session).slug


def count_signatures() -> int:
    return db.session.scalar(select(func.count(Signature.id))) or 0


def test_a_sign_is_stored_sealed_and_due_to_be_located(slug: str) -> None:
    assert sign(slug, fill_form(), find_place).awaits_confirmation is False

    signature = db.session.scalars(select(Signature)).one()
    assert signature.state == SignatureState.CONFIRMED
    assert signature.person is not None
    assert (signature.person.name, signature.person.locality) == ("Ada Example", "Cambridge")
    assert signature.due_at is not None and signature.due_at <= utcnow()
    raw = bytes(db.session.scalar(text("SELECT person FROM signatures")))
    assert b"Ada" not in raw and b"people.example" not in raw


@pytest.mark.parametrize(
    "again", ["ada@people.example", "ADA@people.example", "ada+news@people.example"]
)
def test_signing_again_waits_for_the_mailbox_and_says_the_same(slug: str, again: str) -> None:
    first = sign(slug, fill_form(), find_place)

    assert sign(slug, fill_form(email=again, given_name="Eve"), find_place) == first

    rows = db.session.scalars(select(Signature).order_by(Signature.id)).all()
    told = [(row.person and row.person.given_name, row.state, row.seat) for row in rows]
    assert told == [("Ada", "confirmed", 1), ("Eve", "pending", None)]


def test_many_at_once_from_one_mailbox_make_one_signature(app: Flask, slug: str) -> None:
    def sign_once(_: int) -> None:
        with app.app_context():
            sign(slug, fill_form(), find_place)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sign_once, range(24)))

    states = db.session.scalars(select(Signature.state)).all()
    assert Counter(states) == {"confirmed": 1, "pending": 23}


def test_who_withdrew_may_sign_again(slug: str) -> None:
    sign(slug, fill_form(), find_place)
    withdraw_signature(db.session.scalars(select(Signature.id)).one())

    sign(slug, fill_form(), find_place)

    assert count_signatures() == 2


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("given_name", "A" * 5000),
        ("given_name", "A\0da"),
        ("family_name", "Ex\u202eample"),
        ("given_name", "\u3164"),
        ("given_name", "12345"),
        ("given_name", "Open https://evil.example/login now"),
        ("family_name", "..."),
        ("family_name", "ada@evil.example"),
        ("family_name", "\u0301"),
        ("email", "nobody"),
        ("email", "a" * 5000 + "@people.example"),
        ("postal_code", "99999"),
        ("postal_code", "SW1A 1AA"),
        ("postal_code", "０２１３"),
        ("region", "NY"),
        ("comment", "x" * 5000),
        ("comment", "a" + "\u0316\u0301" * 50_000),
        ("email", "\u0316\u0301" * 50_000 + "@people.example"),
        ("locality", "Win at www.evil.example"),
        ("locality", "12"),
        ("street_address", "1 Main\x1b[31m Street"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_stored(slug: str, field: str, typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sign(slug, fill_form(**{field: typed}), find_place)

    assert list(refused.value.problems) == [field]
    assert typed not in str(refused.value.problems[field]) or not typed
    assert typed not in str(refused.value) or not typed
    assert count_signatures() == 0


def test_every_problem_is_named_at_once(slug: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sign(slug, {}, find_place)

    assert set(refused.value.problems) == {"given_name", "email", "postal_code"}


@pytest.mark.parametrize("field", ["given_name", "family_name"])
def test_one_name_is_enough_in_either_field(slug: str, field: str) -> None:
    nameless = {"given_name": "", "family_name": " "}

    sign(slug, fill_form(**nameless | {field: "Sukarno\u200e"}), find_place)

    person = db.session.scalars(select(Signature.person)).one()
    assert person is not None
    assert (person.name, person.called, abbreviate(person).name) == ("Sukarno",) * 3


def test_what_is_taken_is_kept_as_the_letter_prints_it(slug: str) -> None:
    typed = {
        "given_name": "\ufeffA\u2060da\u00a0",
        "family_name": "O\u00adBrien \U0001f600",
        "email": "\u200eada\u200b@people.example\u00a0",
        "street_address": "1\u2003Main\u200d Street\ufeff",
        "locality": "\u2068Cambridge\u2069",
        "region": "Mass.\u200f",
        "postal_code": "02139\u200b",
        "comment": "I agree\u202c.\r\n\r\n\U0001f600\u3164\r\nAda",
    }

    sign(slug, fill_form(**typed), find_place)

    person = db.session.scalars(select(Signature.person)).one()
    assert person is not None
    assert person.name == clean_name(person.name) == "Ada OBrien"
    assert person.email == "ada@people.example"
    assert (person.street_address, person.locality) == ("1 Main Street", "Cambridge")
    assert (person.region, person.postal_code) == ("MA", "02139")
    assert person.comment.split() == ["I", "agree.", "Ada"]
    assert clean_paragraphs(person.comment) == ("I agree.", "Ada")


def test_a_comment_and_a_town_that_print_nothing_are_none(slug: str) -> None:
    nothing = {"comment": "\u3164\n\u200b", "publish_comment": "1", "locality": "\u2800"}

    sign(slug, fill_form(**nothing), find_place)

    signature = db.session.scalars(select(Signature)).one()
    assert signature.person is not None and not signature.publish_comment
    assert (signature.person.comment, signature.person.locality) == ("", "Cambridge")


@pytest.mark.parametrize(
    "region", ["ma", "Massachusetts", "Mass.", "MASS", "M.A.", "massachusetts ", "\u200eMA"]
)
def test_a_state_may_be_spelled_as_people_do(slug: str, region: str) -> None:
    sign(slug, fill_form(region=region, postal_code="02139\u20134307"), find_place)

    person = db.session.scalars(select(Signature.person)).one()
    assert person is not None and (person.region, person.postal_code) == ("MA", "02139")


def test_two_names_are_no_longer_together_than_one(slug: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sign(slug, fill_form(given_name="A" * 80, family_name="B" * 90), find_place)

    problem = refused.value.problems["family_name"]
    assert (problem.code, problem.params) == (FormProblem.NAME_LONG, {"most": 150, "count": 171})
    sign(slug, fill_form(given_name="A" * 60, family_name="B" * 89), find_place)
    assert count_signatures() == 1


def test_another_name_is_read_by_the_same_rules(context: AppContext) -> None:
    before = make_person(family_name="Lovelace", comment="Please.")

    changed = read_name_and_words({"given_name": " Ada\u200b", "family_name": ""}, before)

    assert changed == {"given_name": "Ada", "family_name": "", "comment": "Please."}
    for wrong in (
        {"given_name": "\u3164", "family_name": ""},
        {"given_name": "", "family_name": ""},
        {"given_name": "Ada", "family_name": "evil.com"},
        {"family_name": "www.evil"},
    ):
        with pytest.raises(InvalidInput):
            read_name_and_words(wrong, before)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": CampaignState.CLOSED},
        {"opens_at": utcnow() + timedelta(days=1)},
        {"closes_at": utcnow() - timedelta(days=1)},
    ],
)
def test_a_campaign_that_is_not_open_takes_no_signature(
    context: AppContext, changes: dict[str, object]
) -> None:
    with transaction() as session:
        slug = make_campaign(session, **changes).slug

    with pytest.raises(CampaignNotOpen):
        sign(slug, fill_form(), find_place)
    assert count_signatures() == 0


def test_a_draft_is_not_there_for_visitors(context: AppContext) -> None:
    with transaction() as session:
        slug = make_campaign(session, state=CampaignState.DRAFT).slug

    with pytest.raises(NotFound):
        sign(slug, fill_form(), find_place)


def test_only_a_consent_that_was_offered_and_ticked_is_kept(slug: str) -> None:
    with transaction() as session:
        campaign_id = session.scalar(text("SELECT id FROM campaigns"))
        organization = Organization(slug="open-gov", name="Open Gov")
        session.add(organization)
        session.flush()
        for purpose in ("email", "events"):
            session.add(
                ConsentOffer(
                    campaign_id=campaign_id,
                    organization_id=organization.id,
                    purpose=purpose,
                    wording="Open Gov may write to me.",
                    created_at=utcnow(),
                )
            )

    ticked = {"consent_email_open-gov": "1", "consent_phone_open-gov": "1", "consent_x_y": "1"}
    sign(slug, fill_form(**ticked), find_place)

    offers = db.session.scalars(select(ConsentOffer.purpose).join(Consent)).all()
    assert offers == ["email"]


def test_words_that_were_changed_since_the_form_was_drawn_are_not_agreed_to(slug: str) -> None:
    def offer(wording: str) -> int:
        with transaction() as session:
            organization = session.scalar(select(Organization)) or Organization(slug="o", name="O")
            for before in session.scalars(select(ConsentOffer)):
                before.retired_at = utcnow()
            session.add(organization)
            session.flush()
            made = ConsentOffer(
                campaign_id=session.scalar(text("SELECT id FROM campaigns")),
                organization_id=organization.id,
                purpose="email",
                wording=wording,
                created_at=utcnow(),
            )
            session.add(made)
            session.flush()
            return made.id

    seen = offer("Send me a newsletter.")
    sign(slug, fill_form(consent_email_o=f"offer-{seen}"), find_place)
    changed = offer("Give them my street.")
    for number, value in enumerate((f"offer-{seen}", "offer-0", "offer-", f"offer-{changed}")):
        form = fill_form(email=f"{number}@people.example", consent_email_o=value)
        sign(slug, form, find_place)

    given = db.session.execute(select(Signature.person, Consent.offer_id).join(Consent)).all()
    assert {person.email: offer_id for person, offer_id in given} == {
        "ada@people.example": seen,
        "3@people.example": changed,
    }


def test_looking_at_a_confirmation_changes_nothing_and_confirming_does(
    context: AppContext,
) -> None:
    with transaction() as session:
        slug = make_campaign(session, confirm_email=True).slug
    assert sign(slug, fill_form(), find_place).awaits_confirmation is True
    signature_id = db.session.scalars(select(Signature.id)).one()
    token = make_token(signature_id, LinkPurpose.CONFIRM)

    assert look(token).already is False
    assert db.session.get_one(Signature, signature_id).state == SignatureState.PENDING

    assert confirm(token).already is True
    assert confirm(token).already is True
    assert db.session.get_one(Signature, signature_id).state == SignatureState.CONFIRMED


def test_a_token_is_good_for_its_own_purpose_only(slug: str) -> None:
    with pytest.raises(TokenRefused):
        look(make_token(1, LinkPurpose.UNSUBSCRIBE))
    for forged in ("", "x", "MQ.abc.def", "\udcff", "é" * 300):
        with pytest.raises(TokenRefused):
            look(forged)


def test_an_old_confirmation_has_expired(
    slug: str, monkeypatch: pytest.MonkeyPatch, make_later: Callable[[timedelta], None]
) -> None:
    token = make_token(1, LinkPurpose.CONFIRM)

    make_later(timedelta(days=15))

    with pytest.raises(TokenExpired):
        look(token)


def test_erasing_leaves_nothing_of_the_person(context: AppContext) -> None:
    with transaction() as session:
        signature_id = make_signature(session, make_campaign(session)).id

    erase_signature(signature_id)

    signature = db.session.get_one(Signature, signature_id)
    assert signature.state == SignatureState.ERASED
    assert (signature.person, signature.email_digest, signature.cell) == (None, None, None)
