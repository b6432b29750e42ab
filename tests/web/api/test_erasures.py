"""An organization reports that a person asked it to be erased: what they allowed it ends, alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, select

from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentOffer, Event, Signature, SignatureState
from petition.partners.consents.numbering import number_changes
from petition.partners.people.person_ids import name_consent
from petition.partners.profile.organization_record import list_record
from petition.partners.tokens.token_store import revoke_token
from petition.signers.consents import write_consent
from petition.signers.decision_replay import replay_journal
from petition.signers.preferences import read_choices
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_consent, make_person, make_signature
from tests.web.api.world import (
    call,
    find_offer_id,
    find_organization_id,
    make_api_token,
    make_organization,
)
from tests.web.public_world import World, make_world, open_page, read_words

ERASURES = "/people/erasures"
WRITES = ("INSERT", "UPDATE", "DELETE")
NOBODY = "hundredth:" + "0" * 48


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world(app)
    make_organization(app, updates="May we e-mail?", contact="May we find you?")
    make_organization(app, "walkers", updates="May walkers e-mail?")
    return made


@pytest.fixture
def token(world: World) -> str:
    return make_api_token(world.app, "riders", "erase", "people:read", "consents:read")


def sign_up(world: World, number: int, *offers: tuple[str, str], **values: object) -> int:
    """Let one more signer allow these; return their signature."""
    allowed = offers or (("riders", "updates"), ("riders", "contact"), ("walkers", "updates"))
    ids = [find_offer_id(world.app, *offer) for offer in allowed]
    with world.app.app_context():
        with transaction() as session:
            campaign = session.get_one(Campaign, world.campaign_id)
            person = make_person(family_name=f"Number{number}", email=f"p{number}@people.example")
            signature = make_signature(session, campaign, person=person, **values)
            for offer_id in ids:
                make_consent(session, signature.id, session.get_one(ConsentOffer, offer_id))
            found = signature.id
        number_changes()
    return found


def name(world: World, token: str, at: int = 0) -> str:
    return call(world.app, "/people", token).json["items"][at]["identifiers"][0]


def report(world: World, token: str, identifier: object, **options: object):
    return call(world.app, ERASURES, token, json={"identifier": identifier}, **options)


def read_consents(world: World, signature_id: int) -> list[tuple[int, str, bool, str | None]]:
    with world.app.app_context():
        rows = db.session.scalars(
            select(Consent).where(Consent.signature_id == signature_id).order_by(Consent.id)
        )
        return [
            (row.organization_id, row.purpose, row.withdrawn_at is None, row.withdrawn_by)
            for row in rows
        ]


def count_reports(world: World) -> int:
    with world.app.app_context():
        found = select(Event).where(Event.action == "organization.erasure_reported")
        return len(db.session.scalars(found).all())


def test_all_that_they_allowed_it_ends_and_nothing_else(world: World, token: str) -> None:
    leaves, stays = sign_up(world, 1), sign_up(world, 2)

    answer = report(world, token, name(world, token))

    assert (answer.status_code, answer.json) == (202, {"status": "noted"})
    assert read_consents(world, leaves) == [
        (1, "updates", False, "token:1"),
        (1, "contact", False, "token:1"),
        (2, "updates", True, None),
    ]
    assert all(given for _, _, given, _ in read_consents(world, stays))
    with world.app.app_context():
        signature = db.session.get_one(Signature, leaves)
        assert signature.state == SignatureState.CONFIRMED and signature.person is not None
        number_changes()
    listed = call(world.app, "/people", token).json["items"]
    assert [one["family_name"] for one in listed] == ["Number2"]
    changes = call(world.app, "/consents/changes?after=4", token).json["items"]
    assert [change["kind"] for change in changes] == ["withdrawn", "withdrawn"]
    walkers = make_api_token(world.app, "walkers")
    assert len(call(world.app, "/people", walkers).json["items"]) == 2


def test_the_row_of_a_list_names_them_as_well(world: World, token: str) -> None:
    leaves = sign_up(world, 1)
    changes = call(world.app, "/consents/changes", token).json["items"]

    report(world, token, changes[0]["consent"])

    ended = [given for group, _, given, _ in read_consents(world, leaves) if group == 1]
    assert ended == [False, False]


def test_who_reported_it_is_in_the_record_and_on_the_signer_s_page(
    world: World, token: str
) -> None:
    signature_id = sign_up(world, 1)
    report(world, token, name(world, token))

    with world.app.app_context():
        (line,) = [one for one in list_record(1) if "asked to be erased" in one.what]
        assert line.actor == "API token 1"
        views = read_choices(signature_id).consents
        assert [view.reported for view in views if view.slug == "riders"] == [True, True]
        event_of = select(Event.actor).where(
            Event.action == "consent.withdrawn", Event.subject_id == signature_id
        )
        assert db.session.scalars(event_of).all() == ["token:1"]
        page = f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"
    said = read_words(open_page(world.app, page))
    assert (
        said.count("Riders told us that you asked it to erase your data, and we stopped it.") == 2
    )
    assert "stopped it on" not in said
    assert "le pidió borrar sus datos" in read_words(open_page(world.app, f"{page}?lang=es"))


def test_who_allows_it_again_is_theirs_again(world: World, token: str) -> None:
    signature_id = sign_up(world, 1)
    report(world, token, name(world, token))
    offer_id = find_offer_id(world.app)
    with world.app.app_context(), transaction() as session:
        write_consent(session, signature_id, offer_id, "private")

    assert read_consents(world, signature_id)[0] == (1, "updates", True, None)
    assert name(world, token).startswith("hundredth:")


def test_a_report_that_is_repeated_changes_nothing_more(world: World, token: str) -> None:
    signature_id = sign_up(world, 1)
    identifier = name(world, token)
    first = report(world, token, identifier, headers={"Idempotency-Key": "k-1"})
    before = read_consents(world, signature_id)

    again = report(world, token, identifier, headers={"Idempotency-Key": "k-1"})
    third = report(world, token, identifier)

    assert first.json == again.json == third.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert read_consents(world, signature_id) == before and count_reports(world) == 1


def test_a_restored_backup_does_not_undo_it(world: World, token: str) -> None:
    signature_id = sign_up(world, 1)
    identifier = name(world, token)
    report(world, token, identifier)
    with world.app.app_context():
        with transaction() as session:
            for consent in session.scalars(select(Consent)):
                consent.withdrawn_at = consent.withdrawn_by = None
        replay_journal()

    given = [given for _, _, given, _ in read_consents(world, signature_id)]
    assert given == [False, False, True]


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "ada@people.example",
        "hundredth:",
        "hundredth:consent-1",
        "hundredth:7",
        f"{NOBODY}0",
        NOBODY.upper(),
        7,
        None,
        [NOBODY],
    ],
)
def test_what_cannot_be_an_identifier_is_refused(
    world: World, token: str, identifier: object
) -> None:
    sign_up(world, 1)

    answer = report(world, token, identifier)

    assert answer.status_code == 422 and answer.json["errors"][0]["pointer"] == "#/identifier"


def test_without_the_scope_or_with_a_revoked_token_nothing_ends(world: World, token: str) -> None:
    signature_id = sign_up(world, 1)
    identifier = name(world, token)
    with world.app.app_context():
        revoke_token(find_organization_id("riders"), 1, actor="test")

    answers = [
        report(world, token, identifier),
        report(world, "", identifier),
        report(world, make_api_token(world.app, "riders", "export", "people:write"), identifier),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 403]
    assert all(given for _, _, given, _ in read_consents(world, signature_id))


def test_whoever_is_not_theirs_is_answered_as_nobody_is(world: World, token: str) -> None:
    """Of others, of nobody, not told yet: one answer, the same statements, nothing done."""
    mine, theirs = sign_up(world, 1), sign_up(world, 2, ("walkers", "updates"))
    unproved = sign_up(world, 3, ("riders", "updates"), proved_at=None)
    of_others = name(world, make_api_token(world.app, "walkers"), 1)
    with world.app.app_context():
        ids = {
            row.signature_id: row.id
            for row in db.session.scalars(select(Consent).order_by(Consent.id.desc()))
        }
    before = [read_consents(world, one) for one in (mine, theirs, unproved)]
    with world.app.app_context():
        riders, walkers = (find_organization_id(slug) for slug in ("riders", "walkers"))
        names = {
            "nobody": NOBODY,
            "of nobody's consent": name_consent(riders, 999),
            "of another organization": of_others,
            "of another organization's consent": name_consent(walkers, ids[theirs]),
            "of another's consent, in one's own name": name_consent(riders, ids[theirs]),
            "whose mailbox is not proved": name_consent(riders, ids[unproved]),
        }

    report(world, token, NOBODY)  # notes the token's use, once an hour
    seen = {}
    for which, identifier in names.items():
        with note_statements(world.app) as statements:
            answer = report(world, token, identifier)
        seen[which] = (answer.status_code, answer.data, tuple(statements))

    assert len(set(seen.values())) == 1, seen
    status, _, statements = seen["nobody"]
    assert status == 202 and not [one for one in statements if one.startswith(WRITES)]
    assert [read_consents(world, one) for one in (mine, theirs, unproved)] == before
    assert count_reports(world) == 0


@contextmanager
def note_statements(app: Flask) -> Iterator[list[str]]:
    """Collect the statements of a request."""
    found: list[str] = []

    def note(*details: object) -> None:
        found.append(str(details[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", note)
    yield found
    event.remove(engine, "after_cursor_execute", note)
