"""Guards: what is taken for a robot's is stored as rejected, and stands in nobody's way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select

from petition.campaigns.screening_settings import GuardTable, ScreeningSettings, restore_guards
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import db, transaction
from petition.models import Consent, Event, Signature, SignatureState, UsedChallenge
from petition.signing.challenges import forget_challenges
from petition.signing.form_problems import FormProblem
from petition.signing.screening import (
    FormSignals,
    Proof,
    RejectReason,
    is_disposable,
    judge,
    refuse_mailbox,
)
from petition.signing.sign import sign
from tests.factories import make_campaign
from tests.signing.test_sign import fill_form, find_place

DIGEST = bytes(32)
TRAPPED = FormSignals(trapped=True)


@pytest.fixture
def slug(context: AppContext) -> str:
    """An open campaign that asks for no confirmation."""
    with transaction() as session:
        return make_campaign(session).slug


def solve(digest: bytes = DIGEST) -> FormSignals:
    return FormSignals(proof=Proof(digest, utcnow() + timedelta(minutes=10)))


def list_states() -> list[tuple[str, str | None]]:
    db.session.rollback()
    rows = db.session.execute(
        select(Signature.state, Signature.reject_reason).order_by(Signature.id)
    )
    return [(row.state, row.reject_reason) for row in rows]


@pytest.mark.parametrize(
    ("traces", "reason"),
    [
        (FormSignals(), None),
        (TRAPPED, RejectReason.HONEYPOT),
        (FormSignals(proof=Proof(None, utcnow())), RejectReason.PROOF),
        (solve(), None),
    ],
)
def test_only_the_honeypot_and_a_forged_proof_give_a_robot_away(
    traces: FormSignals, reason: RejectReason | None
) -> None:
    assert judge(ScreeningSettings(), traces) == reason


def test_a_guard_that_is_off_rejects_nobody() -> None:
    off = ScreeningSettings(honeypot=False, disposable_domains=False)

    assert judge(off, TRAPPED) is None
    refuse_mailbox(off, "ada@mailinator.com", "")


@pytest.mark.parametrize("email", ["ada@mailinator.com", "ada@under.mailinator.com"])
def test_a_throw_away_mailbox_is_refused_and_nothing_is_stored(slug: str, email: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sign(slug, fill_form(email=email, email_as_typed=email), find_place, FormSignals())

    problem = refused.value.problems["email"]
    assert problem.code == FormProblem.EMAIL_DISPOSABLE
    assert problem.params == {"domain": email.partition("@")[2]}
    assert list_states() == []


def test_a_slip_is_asked_about_and_who_says_that_it_is_right_signs(slug: str) -> None:
    email = "ada@gmial.com"
    for said in ("", "1", "ada@hotmial.com", "bea@gmial.com"):
        with pytest.raises(InvalidInput) as refused:
            sign(slug, fill_form(email=email, email_as_typed=said), find_place, FormSignals())
        problem = refused.value.problems["email"]
        assert problem.code == FormProblem.EMAIL_MISTYPED
        assert problem.params == {"meant": "gmail.com", "typed": "gmial.com"}

    sign(slug, fill_form(email=email, email_as_typed=" ada@GMIAL.com "), find_place, FormSignals())

    assert list_states() == [("confirmed", None)]


def test_a_robot_is_told_nothing_of_its_mailbox(slug: str) -> None:
    for email in ("ada@gmial.com", "ada@mailinator.com"):
        sign(slug, fill_form(email=email), find_place, TRAPPED)

    assert list_states() == [("rejected", "honeypot")] * 2


def test_a_refused_mailbox_uses_no_proof_up(slug: str) -> None:
    with pytest.raises(InvalidInput):
        sign(slug, fill_form(email="ada@gmial.com"), find_place, solve())

    sign(slug, fill_form(), find_place, solve())

    assert list_states() == [("confirmed", None)]


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("a@mailinator.com", True),
        ("a@MAILINATOR.com", True),
        ("a@deep.under.mailinator.com", True),
        ("a@mailinator.people.example", False),
        ("mailinator.com@people.example", False),
        ("a@com", False),
        ("", False),
    ],
)
def test_a_throw_away_mailbox_is_known_by_its_host_and_those_under_it(
    email: str, expected: bool
) -> None:
    assert is_disposable(email) == expected


def test_the_mailboxes_that_people_have_are_not_on_the_list() -> None:
    usual = (
        "gmail.com yahoo.com outlook.com hotmail.com live.com msn.com icloud.com me.com aol.com "
        "comcast.net verizon.net att.net sbcglobal.net cox.net charter.net proton.me pm.me "
        "fastmail.com tutanota.com gmx.com mail.com zoho.com "
        # Forwarders of one person's own mail.
        "privaterelay.appleid.com mozmail.com duck.com simplelogin.com anonaddy.com passmail.net "
        "slmail.me aleeas.com addy.io ada.anonaddy.me opayq.com e4ward.com ada.e4ward.com "
        "spamex.com 33mail.com ada.33mail.com spamgourmet.com gishpuppy.com"
    )

    assert not [host for host in usual.split() if is_disposable(f"ada@{host}")]


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("off", ("guards", "wrong-type")),
        ({"captcha": True}, ("guards", "not-one-of")),
        ({"honeypot": "yes"}, ("guards.honeypot", "wrong-type")),
        ({"disposable_domains": 1}, ("guards.disposable_domains", "wrong-type")),
        ({"minimum_seconds": True}, ("guards.minimum_seconds", "wrong-type")),
        ({"minimum_seconds": 61}, ("guards.minimum_seconds", "out-of-range")),
        ({"minimum_seconds": -1}, ("guards.minimum_seconds", "out-of-range")),
        ({"minimum_seconds": 1.5}, ("guards.minimum_seconds", "wrong-type")),
        ({"proof_of_work": "sometimes"}, ("guards.proof_of_work", "not-one-of")),
        ({"proof_of_work": ["off"]}, ("guards.proof_of_work", "wrong-type")),
        ({"sign_limit": "many"}, ("guards.sign_limit", "not-rate")),
        ({"sign_limit": "0 per minute"}, ("guards.sign_limit", "not-rate")),
        ({"sign_limit": "9999999999 per minute"}, ("guards.sign_limit", "not-rate")),
        ({"sign_limit": "5 per 9 years"}, ("guards.sign_limit", "not-rate")),
        ({"sign_limit": ""}, ("guards.sign_limit", "empty")),
        ({"sign_limit": 20}, ("guards.sign_limit", "wrong-type")),
    ],
)
def test_a_wrong_guard_is_refused_by_its_name(wrong: Any, found: tuple[str, str]) -> None:
    problems: list[Problem] = []

    assert GuardTable().read("guards", wrong, problems) is None
    assert [(problem.field, problem.code) for problem in problems] == [found]


def test_guards_are_the_defaults_where_a_campaign_says_nothing() -> None:
    told = {"sign_limit": "5 per minute; 9 per hour", "minimum_seconds": 0}
    stored = GuardTable().read("guards", told, [])
    assert stored == told

    assert restore_guards(stored) == ScreeningSettings(
        "5 per minute; 9 per hour", minimum_seconds=0
    )
    assert restore_guards({}) == ScreeningSettings()
    assert restore_guards({"of a later version": 1}) == ScreeningSettings()


def test_a_robots_signature_is_kept_as_rejected_and_nothing_is_due(slug: str) -> None:
    form = fill_form(comment="Buy this", publish_comment="1", consent_email_any="1")

    signed = sign(slug, form, find_place, TRAPPED)

    assert signed == sign(slug, fill_form(email="bea@people.example"), find_place, FormSignals())
    assert signed.signature_id is None
    rejected = db.session.scalars(select(Signature).order_by(Signature.id)).first()
    assert rejected is not None and rejected.person is not None
    assert (rejected.state, rejected.reject_reason) == (SignatureState.REJECTED, "honeypot")
    assert rejected.ended_at == rejected.created_at
    assert (rejected.due_at, rejected.confirmed_at, rejected.mailed_at) == (None, None, None)
    assert not db.session.scalars(select(Consent)).all()
    assert not db.session.scalars(select(Event.action).where(Event.subject == "signature")).all()


def test_a_robot_blocks_nobody_and_changes_no_signature(slug: str) -> None:
    sign(slug, fill_form(), find_place, TRAPPED)
    sign(slug, fill_form(), find_place, FormSignals())
    sign(slug, fill_form(), find_place, TRAPPED)

    assert list_states() == [
        ("rejected", "honeypot"),
        ("confirmed", None),
        ("rejected", "honeypot"),
    ]


def test_a_robot_has_nobody_mailed_again(
    context: AppContext, make_later: Callable[[timedelta], None]
) -> None:
    with transaction() as session:
        slug = make_campaign(session, confirm_email=True).slug
    sign(slug, fill_form(), find_place)
    with transaction() as session:
        signature = session.scalars(select(Signature)).one()
        signature.mailed_at, signature.due_at = utcnow(), None
    make_later(timedelta(hours=1))

    assert sign(slug, fill_form(), find_place, TRAPPED).awaits_confirmation

    due = db.session.scalars(select(Signature.due_at).order_by(Signature.id)).all()
    assert due == [None, None]


def test_what_comes_from_no_page_is_judged_by_no_guard(slug: str) -> None:
    sign(slug, fill_form(email="ada@mailinator.com"), find_place)

    assert list_states() == [("confirmed", None)]


def test_a_solution_signs_once(slug: str) -> None:
    for number in range(3):
        sign(slug, fill_form(email=f"person-{number}@people.example"), find_place, solve())

    assert [reason for _, reason in list_states()] == [None, "proof", "proof"]


def test_a_solution_sent_from_eight_threads_at_once_signs_once(app: Flask, slug: str) -> None:
    def sign_once(number: int) -> None:
        with app.app_context():
            form = fill_form(email=f"person-{number}@people.example")
            sign(slug, form, find_place, solve())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sign_once, range(8)))

    states = [state for state, _ in list_states()]
    assert sorted(states) == ["confirmed", *["rejected"] * 7]
    assert len(db.session.scalars(select(UsedChallenge)).all()) == 1


def test_a_signing_that_could_not_be_stored_has_used_nothing_up(
    slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(dialect: str) -> None:
        raise RuntimeError("between the two")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("petition.signing.signature_rows._build_insert", fail)
        sign(slug, fill_form(), find_place, solve())
    assert not db.session.scalars(select(UsedChallenge)).all()

    sign(slug, fill_form(), find_place, solve())

    assert list_states() == [("confirmed", None)]


def test_used_challenges_are_forgotten_once_they_are_too_old_to_come_again(
    slug: str, make_later: Callable[[timedelta], None]
) -> None:
    sign(slug, fill_form(), find_place, solve(b"a" * 32))
    make_later(timedelta(minutes=6))
    sign(slug, fill_form(email="bea@people.example"), find_place, solve(b"b" * 32))
    assert forget_challenges() == 0

    make_later(timedelta(minutes=5))

    assert forget_challenges() == 1
    assert db.session.scalars(select(UsedChallenge.digest)).all() == [b"b" * 32]
