"""A legal hold: while it is in force no step of retention removes anything of its campaign."""

import dataclasses
import hashlib
import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from petition.core.clock import utcnow
from petition.core.content.content_kind import LETTERS
from petition.core.content.stores import open_store
from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db, get_settings, transaction
from petition.letters.sweep import sweep_superseded
from petition.models import (
    Campaign,
    Event,
    LegalHold,
    Letter,
    MailboxMail,
    NamedMailbox,
    RefusedMail,
    RetentionRun,
    Signature,
)
from petition.notifications.mailbox_limits import forget_old_mails
from petition.notifications.refusals import forget_old_refusals
from petition.retention.data_kinds import KINDS
from petition.retention.legal_holds import (
    HoldUnchanged,
    hold_campaign,
    is_any_held,
    list_free_campaigns,
    list_holds,
    release_campaign,
)
from petition.retention.network_hashes import forget_networks
from petition.retention.run import erase, look, sweep
from petition.signers.named_record import forget_named
from petition.signers.withdraw import erase as erase_own
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.cli.runner import run
from tests.factories import make_campaign, make_signature
from tests.retention.world import (
    ADD,
    DAYS,
    KIND,
    add_relayed,
    count_all,
    erase_kind,
    list_held,
)

MINUTE = timedelta(minutes=1)


def old(name: str) -> timedelta:
    return timedelta(days=DAYS[name]) + MINUTE


def list_slugs() -> list[str]:
    found = list(db.session.scalars(select(Campaign.slug).order_by(Campaign.id)))
    db.session.rollback()
    return found


def hold_all() -> list[str]:
    """Put a hold on each campaign that there is, and on one more if there is none."""
    with transaction() as session:
        make_campaign(session)
    for slug in list_slugs():
        hold_campaign(slug, "a lawsuit", actor="cli")
    return list_slugs()


def count_past(name: str) -> int:
    return next(one.past for one in look() if one.kind == name)


def strip(found: dict[str, object]) -> dict[str, object]:
    """Return what there is without what a run itself notes."""
    return {
        name: rows
        for name, rows in found.items()
        if name not in ("retention_runs", "events", "legal_holds")
    }


# An invitation for the whole service is of no campaign: see below for one of a campaign.
WITHOUT_CAMPAIGN = {"invitations"}


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
def test_nothing_of_a_held_campaign_goes_and_after_the_release_it_does(
    limited: Flask, name: str
) -> None:
    ADD[name](old(name))
    slugs = hold_all()
    if name in WITHOUT_CAMPAIGN:
        with transaction() as session:
            campaign_id = session.scalar(select(Campaign.id))
            session.execute(
                text("UPDATE invitations SET campaign_id = :id").bindparams(id=campaign_id)
            )
    before = strip(count_all())

    assert count_past(name) == 0
    assert erase_kind(name) == 0
    assert sweep() == 0
    assert strip(count_all()) == before

    for slug in slugs:
        release_campaign(slug, actor="cli")
    assert count_past(name) == 1
    assert erase_kind(name) == 1


@pytest.mark.parametrize("name", [kind.name for kind in KINDS if kind.of_campaigns])
def test_a_hold_keeps_what_is_of_its_campaign_only(limited: Flask, name: str) -> None:
    with transaction() as session:
        slug = make_campaign(session).slug
    hold_campaign(slug, "a lawsuit", actor="cli")

    if name == "relayed":  # one to the people of every campaign is kept while any is held
        add_relayed(old(name), one_campaign=True)
    else:
        ADD[name](old(name))

    assert count_past(name) == 1
    assert erase_kind(name) == 1


def test_what_is_of_no_known_campaign_is_kept_while_any_is_held(limited: Flask) -> None:
    assert {kind.name for kind in KINDS if not kind.of_campaigns} == {
        "mail_files",
        "incoming",
        "asks",
        "journals",
    }


def add_signature(**changes: object) -> tuple[int, str]:
    with transaction() as session:
        campaign = make_campaign(session)
        return make_signature(session, campaign, **changes).id, campaign.slug


def read_networks(signature_id: int) -> bytes | None:
    db.session.rollback()
    return db.session.scalar(select(Signature.networks).where(Signature.id == signature_id))


def test_networks_of_a_held_campaign_stay_and_end_after_the_release(context: object) -> None:
    then = utcnow() - timedelta(days=8)
    networks = os.urandom(16)
    kept, slug = add_signature(created_at=then, networks=networks)
    gone, _ = add_signature(created_at=then, networks=networks)
    hold_campaign(slug, "a lawsuit", actor="cli")

    forget_networks()
    assert (read_networks(kept), read_networks(gone)) == (networks, None)
    assert forget_networks() == 0

    release_campaign(slug, actor="cli")
    forget_networks()
    assert read_networks(kept) is None


def test_hashes_of_mailboxes_and_refusals_stay_too(context: object) -> None:
    signature_id, slug = add_signature()
    then = utcnow() - timedelta(days=100)
    with transaction() as session:
        campaign_id = session.scalar(select(Campaign.id))
        session.add_all(
            (
                NamedMailbox(
                    campaign_id=campaign_id,
                    mailbox=os.urandom(32),
                    layer="county",
                    division_id="ocd",
                    until=then,
                ),
                MailboxMail(mailbox=os.urandom(32), asked=False, sent_at=then),
                RefusedMail(
                    signature_id=signature_id,
                    mail_id=0,
                    attempt=1,
                    times=1,
                    cause="550",
                    first_at=then,
                    last_at=then,
                    gone=False,
                ),
            )
        )
    hold_campaign(slug, "a lawsuit", actor="cli")
    steps: tuple[Callable[[], int], ...] = (forget_named, forget_old_mails, forget_old_refusals)

    assert [step() for step in steps] == [0, 0, 0]
    release_campaign(slug, actor="cli")
    assert [step() for step in steps] == [1, 1, 1]


def test_a_superseded_letter_of_a_held_campaign_keeps_its_file(limited: Flask) -> None:

    store = open_store(get_settings().storage, LETTERS)
    sha256 = store.put(b"%PDF-1.7 of before")
    assert sha256 == hashlib.sha256(b"%PDF-1.7 of before").hexdigest()
    ADD["said"](timedelta(days=1))
    with transaction() as session:
        letter = session.scalars(select(Letter)).one()
        session.execute(
            insert(Letter),
            {
                "milestone_id": letter.milestone_id,
                "post_id": letter.post_id,
                "sha256": sha256,
                "pages": 1,
                "size": 18,
                "names": 2,
                "addressee": [],
                "rendered_at": utcnow(),
                "superseded_at": utcnow(),
            },
        )
    slugs = hold_all()

    assert sweep_superseded(store) == 0
    assert store.read(sha256)
    for slug in slugs:
        release_campaign(slug, actor="cli")
    assert sweep_superseded(store) == 1


def test_who_erases_their_own_signature_is_erased(context: object) -> None:
    signature_id, slug = add_signature()
    hold_campaign(slug, "a lawsuit", actor="cli")

    erase_own(make_token(signature_id, LinkPurpose.STATUS))

    assert signature_id not in list_held()


def test_a_hold_is_placed_once_and_released_once_each_an_event(context: object) -> None:
    _, slug = add_signature()

    hold_campaign(slug, "  a\nlawsuit ", actor="staff:7")
    with pytest.raises(HoldUnchanged):
        hold_campaign(slug, "another", actor="staff:8")
    (held,) = list_holds()
    assert (held.campaign, held.reason, held.held_by) == (slug, "a lawsuit", "staff:7")
    assert is_any_held() and list_free_campaigns() == []

    release_campaign(slug, actor="staff:8")
    with pytest.raises(HoldUnchanged):
        release_campaign(slug, actor="staff:8")
    assert not is_any_held() and list_holds() == []
    hold_campaign(slug, "again", actor="staff:7")

    rows = db.session.execute(
        select(Event.action, Event.actor, Event.detail).where(Event.action.like("campaign.hold%"))
    ).all()
    assert [(row.action, row.actor) for row in rows] == [
        ("campaign.hold_placed", "staff:7"),
        ("campaign.hold_released", "staff:8"),
        ("campaign.hold_placed", "staff:7"),
    ]


@pytest.mark.parametrize("why", ["", " \n ", "x" * 501])
def test_a_hold_needs_a_reason_of_a_line(context: object, why: str) -> None:
    _, slug = add_signature()

    with pytest.raises(InvalidInput):
        hold_campaign(slug, why, actor="cli")
    with pytest.raises(NotFound):
        hold_campaign("no-such", "a lawsuit", actor="cli")


def test_the_database_keeps_a_hold_as_it_was(context: object) -> None:
    _, slug = add_signature()
    hold_campaign(slug, "a lawsuit", actor="cli")
    for refused in (
        "DELETE FROM legal_holds",
        "UPDATE legal_holds SET reason = 'another'",
        "UPDATE legal_holds SET held_by = 'staff:2'",
        "INSERT INTO legal_holds (campaign_id, reason, held_by, held_at)"
        " SELECT campaign_id, 'two', 'cli', held_at FROM legal_holds",
    ):
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text(refused))
    release_campaign(slug, actor="cli")
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(update(LegalHold).values(released_at=None, released_by=None))


def list_logged() -> list[RetentionRun]:
    found = list(db.session.scalars(select(RetentionRun).order_by(RetentionRun.id)))
    db.session.expunge_all()
    db.session.rollback()
    return found


def test_each_run_that_did_something_is_logged(limited: Flask) -> None:
    sweep()
    assert list_logged() == []  # the reconciler found nothing

    ADD["asks"](old("asks"))
    sweep()
    run(limited, "retention", "run")  # by a person: also of nothing

    first, second = list_logged()
    assert (first.actor, first.counts, first.failed, first.late) == (
        "retention",
        {"asks": 1},
        [],
        False,
    )
    assert first.ended_at is not None and first.began_at <= first.ended_at
    assert (second.actor, second.counts) == ("cli", {})


def test_a_run_that_failed_is_logged_with_its_kinds(
    limited: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(before: object, limit: int) -> int:
        raise RuntimeError("Ada Example")

    kinds = [dataclasses.replace(KIND["asks"], erase=fail)]

    erase(kinds=kinds)

    (logged,) = list_logged()
    assert (logged.counts, logged.failed) == ({}, ["asks"])


def test_a_hold_stops_a_run_that_is_under_way(limited: Flask) -> None:
    ADD["asks"](old("asks"))
    ADD["expired"](old("expired"))
    seen: list[int] = []

    def hold(done: int) -> None:
        if not seen:
            ADD["expired"](old("expired"))
            hold_all()
        seen.append(done)

    done = erase(tell=hold)

    assert done.counts == {**done.counts, "expired": 1, "asks": 1}
    assert count_past("expired") == 0


def test_the_commands_hold_and_release_and_a_dry_run_changes_nothing(limited: Flask) -> None:
    ADD["expired"](old("expired"))
    (slug,) = list_slugs()

    held = run(limited, "retention", "hold", slug, "--why", "a lawsuit")
    assert held.exit_code == 0
    assert "a lawsuit" in run(limited, "retention", "show").output
    assert run(limited, "retention", "hold", slug, "--why", "again").exit_code == 1
    assert run(limited, "retention", "run").stdout == "Nothing was past its limit.\n"
    assert run(limited, "retention", "release", slug).exit_code == 0
    before = count_all()
    dry = run(limited, "retention", "run", "--dry-run", "--json")
    assert '"kind": "expired"' in dry.output and count_all() == before
    assert "expired: 1 erased." in run(limited, "retention", "run").stdout
