"""``petition signatures withdraw`` and ``erase``: for who has no private link."""

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.queues import Stage, get_queues
from petition.models import Campaign, Event, Signature, SignatureState
from petition.signers.erasure_log import find_journal
from tests.cli.runner import read_error, run
from tests.factories import make_campaign, make_person, make_signature

SLUG = "by-hand"
EMAIL = "ada@people.example"
CHOICES = ("--campaign", SLUG)


def add(app: Flask, **changes: object) -> int:
    """Add a signature of the address on a campaign that mails nobody; return its id."""
    with app.app_context(), transaction() as session:
        campaign = session.scalar(select(Campaign).where(Campaign.slug == SLUG))
        campaign = campaign or make_campaign(session, slug=SLUG, title="By Hand")
        values = {"person": make_person(email=EMAIL)} | changes
        return make_signature(session, campaign, **values).id


def add_ended(app: Flask, state: SignatureState) -> int:
    return add(app, state=state, ended_at=utcnow(), due_at=None)


def read_states(app: Flask) -> dict[int, str]:
    with app.app_context():
        rows = db.session.execute(select(Signature.id, Signature.state))
        return {row.id: row.state for row in rows}


def read_trail(app: Flask) -> list[tuple[str, int, str]]:
    with app.app_context():
        rows = db.session.execute(
            select(Event.action, Event.subject_id, Event.actor).order_by(Event.id)
        )
        return [(row.action, row.subject_id, row.actor) for row in rows]


def count_jobs(app: Flask) -> int:
    with app.app_context():
        return get_queues().queue(Stage.COUNT).count


@pytest.mark.parametrize("typed", [f"{EMAIL}\ny\n", " ADA+news@People.example \nyes\n"])
def test_a_signature_is_withdrawn_by_the_address_that_is_typed(app: Flask, typed: str) -> None:
    signature_id = add(app)
    other = add(app, person=make_person())

    result = run(app, "signatures", "withdraw", *CHOICES, typed=typed)

    assert result.exit_code == 0, result.output
    assert f"Signature {signature_id} on “By Hand” (confirmed, signed 20" in result.output
    assert "cannot be undone" in result.output
    assert f"Signature {signature_id} is withdrawn" in result.output
    assert "people.example" not in result.output.lower()
    assert read_states(app) == {signature_id: "withdrawn", other: "confirmed"}
    assert read_trail(app) == [("signature.withdrawn", signature_id, "cli")]
    assert count_jobs(app) == 1
    with app.app_context():
        assert f" withdrawn {signature_id} " in find_journal().read_text()


def test_a_signature_is_withdrawn_by_its_number_without_a_question(app: Flask) -> None:
    signature_id = add(app)

    result = run(app, "signatures", "withdraw", "--id", str(signature_id), "--yes")

    assert result.exit_code == 0, result.output
    assert read_states(app) == {signature_id: "withdrawn"}


@pytest.mark.parametrize("command", ["withdraw", "erase"])
@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_nothing_is_done_unless_somebody_says_yes(app: Flask, command: str, answer: str) -> None:
    signature_id = add(app)

    result = run(app, "signatures", command, *CHOICES, typed=f"{EMAIL}\n{answer}")

    assert result.exit_code == 1
    assert read_states(app) == {signature_id: "confirmed"}
    assert (read_trail(app), count_jobs(app)) == ([], 0)


@pytest.mark.parametrize(
    ("command", "would"), [("withdraw", "would be withdrawn"), ("erase", "would be erased")]
)
def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    app: Flask, command: str, would: str
) -> None:
    signature_id = add(app)

    result = run(app, "signatures", command, *CHOICES, "--dry-run", typed=f"{EMAIL}\n")

    assert result.exit_code == 0, result.output
    assert would in result.output
    assert read_states(app) == {signature_id: "confirmed"}
    assert count_jobs(app) == 0


def test_erasing_by_an_address_reaches_every_signature_of_it(app: Flask) -> None:
    before = add_ended(app, SignatureState.WITHDRAWN)
    robot = add_ended(app, SignatureState.REJECTED)
    live = add(app)
    other = add(app, person=make_person())

    result = run(app, "signatures", "erase", *CHOICES, "--yes", typed=f"{EMAIL}\n")

    assert result.exit_code == 0, result.output
    ids = (before, robot, live)
    assert read_states(app) == dict.fromkeys(ids, "erased") | {other: "confirmed"}
    assert read_trail(app) == [("signature.erased", id, "cli") for id in ids]
    assert count_jobs(app) == 1
    with app.app_context():
        people = db.session.scalars(select(Signature.person).where(Signature.id.in_(ids))).all()
    assert people == [None] * 3
    again = run(app, "signatures", "erase", *CHOICES, "--yes", typed=f"{EMAIL}\n")
    assert again.exit_code == 1


@pytest.mark.parametrize("command", ["withdraw", "erase"])
@pytest.mark.parametrize(
    ("choices", "typed", "words"),
    [
        (CHOICES, "nobody@people.example\n", "No one has signed 'by-hand' with this address."),
        (
            ("--campaign", "no-such"),
            f"{EMAIL}\n",
            "There is no campaign 'no-such'; list them with `petition campaigns list`.",
        ),
        (("--id", "4711"), "", "There is no signature 4711."),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    app: Flask, command: str, choices: tuple[str, ...], typed: str, words: str
) -> None:
    signature_id = add(app)

    result = run(app, "signatures", command, *choices, "--yes", typed=typed)

    assert result.exit_code == 1
    assert read_error(result) == words
    assert read_states(app) == {signature_id: "confirmed"}


@pytest.mark.parametrize("command", ["withdraw", "erase"])
@pytest.mark.parametrize(
    ("choices", "typed", "words"),
    [
        (CHOICES, "nobody\n", "not an e-mail address"),
        (CHOICES, "", "not an e-mail address"),
        ((), "", "--campaign"),
        ((*CHOICES, "--id", "1"), "", "--campaign"),
        (("--id", "0"), "", "--id"),
        ((*CHOICES, EMAIL), "", "unexpected extra argument"),
    ],
)
def test_what_is_typed_wrong_is_refused(
    app: Flask, command: str, choices: tuple[str, ...], typed: str, words: str
) -> None:
    add(app)

    result = run(app, "signatures", command, *choices, "--yes", typed=typed)

    assert result.exit_code == 2
    assert words in result.output


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        (SignatureState.WITHDRAWN, 0, "is already withdrawn"),
        (SignatureState.EXPIRED, 1, "is already expired"),
    ],
)
def test_who_has_left_is_not_withdrawn_again(
    app: Flask, state: SignatureState, code: int, words: str
) -> None:
    signature_id = add_ended(app, state)

    for choices in (CHOICES, ("--id", str(signature_id))):
        result = run(app, "signatures", "withdraw", *choices, "--yes", typed=f"{EMAIL}\n")
        assert result.exit_code == code
        assert words in result.output
    assert (read_states(app), read_trail(app)) == ({signature_id: state}, [])


def test_erasing_by_number_may_be_done_twice(app: Flask) -> None:
    signature_id = add(app)
    choices = ("--id", str(signature_id), "--yes")

    run(app, "signatures", "erase", *choices)
    again = run(app, "signatures", "erase", *choices)

    assert again.exit_code == 0
    assert "is already erased" in again.output
    assert [action for action, _, _ in read_trail(app)] == ["signature.erased"]


def test_who_sits_at_a_terminal_is_asked_for_the_address(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    signature_id = add(app)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)

    result = run(app, "signatures", "withdraw", *CHOICES, typed=f"{EMAIL}\ny\n")

    assert result.exit_code == 0, result.output
    assert "E-mail address: " in result.output
    assert read_states(app) == {signature_id: "withdrawn"}
