"""Sweeps are steps of the reconciler: each alone, each once in its period."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core import files
from petition.core.extensions import db, get_settings, transaction
from petition.mail import get_folder
from petition.models import Event, Signature, SignatureState
from petition.notifications.message_ids import make_message_id, names_any
from petition.retention.run import erase
from petition.signers import withdraw
from tests.factories import make_campaign, make_signature
from workers import reconcile


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the steps that ran, each of which does nothing else."""
    names: list[str] = []

    def note(name: str) -> None:
        monkeypatch.setitem(reconcile.STEPS, name, lambda: names.append(name) or 1)

    for name in list(reconcile.STEPS):
        note(name)
    return names


@pytest.mark.parametrize("broken", list(reconcile.PERIODS))
def test_one_that_always_fails_keeps_no_other_from_its_turn(
    context: AppContext, ran: list[str], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail() -> int:
        raise RuntimeError("Ada Example")

    monkeypatch.setitem(reconcile.STEPS, broken, fail)
    monkeypatch.setattr(reconcile, "PERIODS", dict.fromkeys(reconcile.PERIODS, 0.0))

    rounds = [reconcile.reconcile() for _ in range(2)]

    assert [found.failed for found in rounds] == [1, 1]
    others = [name for name in reconcile.STEPS if name != broken]
    assert ran == others * 2


def test_each_runs_once_in_its_period_and_again_after_it(
    context: AppContext, ran: list[str]
) -> None:
    reconcile.reconcile()
    reconcile.reconcile()
    assert {ran.count(name) for name in reconcile.PERIODS} == {1}
    assert ran.count("expired") == 2

    tried = current_app.extensions[reconcile.TRIED]
    tried["networks"] -= reconcile.PERIODS["networks"]
    reconcile.reconcile()

    assert (ran.count("networks"), ran.count("named")) == (2, 1)


def test_what_is_given_a_period_is_a_step() -> None:
    assert reconcile.PERIODS.keys() <= reconcile.STEPS.keys()


def test_many_are_erased_in_one_look_at_the_folder_of_mails(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    real = files.delete_folders
    monkeypatch.setattr(
        "petition.mail.mailer.delete_folders",
        lambda parent, is_meant: looks.append(parent) or real(parent, is_meant),
    )
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session)
            numbers = [
                make_signature(
                    session,
                    campaign,
                    state=SignatureState.REJECTED,
                    ended_at=campaign.created_at - timedelta(days=60),
                    due_at=None,
                ).id
                for _ in range(30)
            ]
            kept = make_signature(session, campaign).id
        mails = get_folder(get_settings()).folder
        for number in (*numbers, kept):
            name = make_message_id("confirm", number, 1).strip("<>").partition("@")[0]
            (mails / f"{name}-{'0' * 32}").mkdir(parents=True)

        assert erase().total == 30

        assert len(looks) == 1
        assert len(list(mails.glob("*"))) == 1
        erased = db.session.scalars(select(Signature.id).where(Signature.state == "erased")).all()
        assert sorted(erased) == numbers
        events = select(Event.actor).where(Event.action == "signature.erased")
        assert set(db.session.scalars(events)) == {"retention"}
        db.session.remove()


@pytest.mark.parametrize(
    "name",
    ["", "confirm", "confirm.x.1", "confirm..1", "12", "held.²", f"confirm.{'1' * 26}.a"],
)
def test_a_folder_of_another_name_is_nobodys(app: Flask, name: str) -> None:
    with app.app_context():
        own = make_message_id("confirm", 12, 1).strip("<").partition("@")[0]
        assert not names_any(name, {1, 12}) and not names_any(f"{own}-0", {1, 2})
        assert withdraw.names_any(f"{own}-0", {12})
        db.session.remove()
