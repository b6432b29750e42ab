"""FAULTS 29: letters that went since a backup are not sent again, and their codes still answer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db, get_settings, transaction
from petition.counting.ledger import count_batch
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import resolve
from petition.delivery.staff_holds import hold_delivery, release_delivery
from petition.journals.handovers import find_log, read_handovers
from petition.journals.line_files import read_lines
from petition.letters.verification import read_letter
from petition.models import (
    Attempt,
    Campaign,
    Delivery,
    DeliveryState,
    District,
    LedgerEntry,
    Milestone,
    Phase,
    Signature,
)
from petition.restore.handover_records import RestoreReport, join_lines
from petition.restore.own_journals import replay_own_handovers
from petition.restore.restored_letters import replay_letters
from petition.signers.decision_replay import replay_journal
from petition.signers.withdraw import erase_signature
from tests.cli.runner import run
from tests.factories import make_located, make_post, render_milestone
from tests.letter_store import LetterStore
from tests.mail.servers import Answers, polite_server
from tests.restore.backup import restore, save
from tests.web.public_world import World, make_world

STEP = 5
pytestmark = pytest.mark.own_database


@pytest.fixture
def world(make_app: Callable[..., Flask]) -> Iterator[World]:
    """A campaign to one board that writes for each five people, by the outbox."""
    app = make_app(PETITION_BRAKE_LETTERS_A_DAY="off")
    with app.app_context():
        yield make_world(app, step=STEP)
        db.session.remove()


def replay(*paths: Path) -> RestoreReport:
    report = RestoreReport()
    lines = (line for path in paths or (find_log(),) for line in read_handovers(read_lines(path)))
    replay_letters(join_lines(lines, report), report)
    db.session.remove()
    return report


def list_sent() -> list[Path]:
    return sorted((get_settings().data_dir / "outbox").glob("*/message.eml"))


def send_all(world: World) -> list[str]:
    """Send what is due, as the workers do; return the codes of all hundreds."""
    db.session.rollback()
    milestones = list(db.session.scalars(select(Milestone.id).order_by(Milestone.number)))
    db.session.rollback()
    return [world.send(milestone_id) for milestone_id in milestones]


def read_states() -> list[tuple[int, str]]:
    db.session.rollback()
    return [
        (row.number, row.state)
        for row in db.session.execute(
            select(Milestone.number, Delivery.state)
            .join(Delivery, Delivery.milestone_id == Milestone.id)
            .order_by(Milestone.number, Delivery.id)
        )
    ]


def count_named(number: int | None) -> int:
    db.session.rollback()
    carried = LedgerEntry.carried_by
    where = carried.is_(None) if number is None else carried == number
    return db.session.scalar(select(func.count()).where(where, LedgerEntry.left_at.is_(None))) or 0


def test_a_letter_that_waited_in_the_backup_and_went_since_goes_no_more(world: World) -> None:
    world.count(STEP)
    backup = save()
    (code,) = send_all(world)
    sent = list_sent()
    restore(backup)

    report = replay()
    send_all(world)

    assert (report.settled, report.raised, report.away, report.unsure) == (1, 0, 0, [])
    assert read_states() == [(1, "accepted")]
    assert list_sent() == sent and len(sent) == 1
    assert read_letter(code).posted[0].sha256


def test_one_that_staff_held_in_the_backup_and_that_went_since_goes_no_more(world: World) -> None:
    world.count(STEP)
    db.session.rollback()
    delivery_id = db.session.scalars(select(Delivery.id)).one()
    hold_delivery(delivery_id, "cli", "wait")
    backup = save()
    release_delivery(delivery_id, "cli")
    send_all(world)
    sent = list_sent()
    restore(backup)

    report = replay()
    send_all(world)

    assert (report.settled, report.unsure) == (1, [])
    assert read_states() == [(1, "accepted")]
    assert list_sent() == sent and len(sent) == 1


def test_a_hundred_that_the_backup_does_not_know_keeps_its_code_and_its_people(
    world: World,
) -> None:
    world.count(3)
    backup = save()
    world.count(STEP - 3)
    (code,) = send_all(world)
    restore(backup)

    report = replay()

    assert (report.settled, report.raised, report.away) == (1, 1, 2)
    assert read_letter(code).number == 1
    assert count_named(1) == 3


def test_new_signers_after_a_restore_are_named_by_the_next_letter_and_nobody_twice(
    world: World,
) -> None:
    world.count(3)
    backup = save()
    world.count(STEP - 3)
    (first,) = send_all(world)
    restore(backup)
    replay()

    world.count(2 * STEP - 3)
    codes = send_all(world)

    assert codes[0] == first and len(set(codes)) == 2
    assert read_states() == [(1, "accepted"), (2, "accepted")]
    assert (count_named(1), count_named(2), count_named(None)) == (3, 7, 0)
    assert len(list_sent()) == 2


def wait_to_be_counted(world: World, people: int) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        make_located(session, campaign, session.get_one(District, world.district_id), people)


@pytest.mark.parametrize("waiting", [2, STEP])
def test_who_waited_in_the_backup_and_was_named_since_is_named_by_no_other_letter(
    world: World, waiting: int
) -> None:
    world.count(STEP - waiting)
    wait_to_be_counted(world, waiting)
    backup = save()
    count_batch(world.campaign_id)
    (first,) = send_all(world)
    restore(backup)

    report = replay()
    assert (report.settled, report.raised, report.away) == (1, 1, 0)
    count_batch(world.campaign_id)
    assert (count_named(1), count_named(None)) == (STEP, 0)
    world.count(STEP)
    codes = send_all(world)

    assert codes[0] == first and len(list_sent()) == 2
    assert (count_named(1), count_named(2)) == (STEP, STEP)


def test_who_waited_was_named_and_left_since_is_in_no_count(world: World) -> None:
    wait_to_be_counted(world, STEP)
    backup = save()
    count_batch(world.campaign_id)
    send_all(world)
    leaves = db.session.scalars(select(Signature.id)).first()
    assert leaves is not None
    erase_signature(leaves)
    restore(backup)

    replay()
    replay_journal()
    count_batch(world.campaign_id)

    assert count_named(1) == STEP - 1
    assert db.session.get_one(Signature, leaves).person is None


def test_three_hundreds_since_the_backup_come_back_in_order(world: World) -> None:
    backup = save()
    for _ in range(3):
        world.count(STEP)
        codes = send_all(world)
    restore(backup)

    report = replay()

    assert (report.settled, report.raised, report.away) == (3, 3, 3 * STEP)
    assert [read_letter(code).number for code in codes] == [1, 2, 3]
    world.count(3 * STEP)
    assert read_states() == [(number, "accepted") for number in (1, 2, 3)]
    world.count(STEP)
    send_all(world)
    assert read_states()[-1] == (4, "accepted")
    assert len(list_sent()) == 4


def test_a_replay_twice_or_without_a_restore_changes_nothing(world: World) -> None:
    world.count(STEP)
    send_all(world)
    before = save()

    assert (replay().known, replay().settled) == (1, 0)

    assert save() == before


def test_a_hand_over_without_an_end_is_unknown_and_goes_no_more(world: World) -> None:
    world.count(STEP)
    backup = save()
    send_all(world)
    cut_endings(find_log())
    restore(backup)

    report = replay()
    send_all(world)

    assert report.settled == 1
    assert read_states() == [(1, "unknown")]
    attempt = db.session.scalars(select(Attempt)).one()
    assert (attempt.phase, attempt.outcome) == (Phase.HANDOVER, DeliveryState.UNKNOWN)


def test_what_staff_resolved_as_not_sent_goes_again_after_a_plain_restart(world: World) -> None:
    world.count(STEP)
    backup = save()
    send_all(world)
    cut_endings(find_log())
    restore(backup)
    replay()
    resolve(db.session.scalars(select(Delivery.id)).one(), "not-sent", "the office said so", "x")

    replay()

    assert read_states() == [(1, "retry_wait")]


def test_a_refused_letter_is_not_taken_for_sent(make_app: Callable[..., Flask]) -> None:
    with polite_server(Answers(data=["550 5.7.1 no"])) as address:
        app = make_app(PETITION_CHANNEL="email", PETITION_SMTP_URL=f"smtp://{address}")
        with app.app_context():
            world = make_world(app, step=STEP)
            world.count(STEP)
            backup = save()
            send_all(world)
            restore(backup)

            assert replay().settled == 0
            assert read_states() == [(1, "queued")]
            db.session.remove()


def test_what_was_not_handed_over_has_no_line(make_app: Callable[..., Flask]) -> None:
    with polite_server(Answers(rcpt=["550 5.1.1 no such mailbox"])) as address:
        app = make_app(PETITION_CHANNEL="email", PETITION_SMTP_URL=f"smtp://{address}")
        with app.app_context():
            world = make_world(app, step=STEP)
            world.count(STEP)
            send_all(world)

            assert read_states() == [(1, "failed")]
            assert list(read_lines(find_log())) == []
            db.session.remove()


def test_a_second_office_that_had_no_letter_yet_still_gets_one(world: World) -> None:
    with transaction() as session:
        make_post(session, session.get_one(District, world.district_id))
    backup = save()
    (milestone_id,) = world.count(STEP)
    store = LetterStore(get_settings().letters_dir)
    deliver(render_milestone(milestone_id, store)[0], store.read)
    restore(backup)

    report = replay()
    assert (report.settled, report.raised) == (1, 1)
    world.count(STEP)
    send_all(world)

    assert read_states() == [(1, "accepted"), (1, "accepted")]


def test_a_hundred_raised_anew_too_early_goes_no_more_and_is_named(world: World) -> None:
    world.count(3)
    backup = save()
    world.count(2)
    send_all(world)
    sent = list_sent()
    restore(backup)
    world.count(2)

    report = replay()
    send_all(world)

    assert (report.settled, report.raised, report.away) == (1, 0, 2)
    assert "recreated as" in report.unsure[0]
    assert read_states() == [(1, "accepted")] and list_sent() == sent
    assert (count_named(1), count_named(None)) == (3, 2)


def test_what_cannot_be_known_is_named(world: World) -> None:
    world.count(STEP)
    backup = save()
    send_all(world)
    lines = [json.loads(line) for line in read_lines(find_log())]
    lines[0]["letter"]["campaign"] = "another"
    path = get_settings().data_dir / "other.log"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines) + '{"at": "20', "utf-8")
    restore(backup)

    answer = run(world.app, "deliveries", "replay", str(path), "--json")

    told = json.loads(answer.stdout)
    assert (told["settled"], told["damaged"]) == (0, 1)
    assert told["unsure"][0].endswith("its campaign is not in this backup")


def test_a_start_on_one_machine_replays_by_itself(world: World) -> None:
    backup = save()
    world.count(STEP)
    (code,) = send_all(world)
    restore(backup)

    replay_own_handovers()

    assert read_letter(code).number == 1
    assert replay_own_handovers().known == 1


def test_a_dry_run_says_the_same_and_does_nothing(world: World) -> None:
    backup = save()
    world.count(STEP)
    send_all(world)
    restore(backup)

    answer = run(world.app, "deliveries", "replay", "--dry-run")

    assert answer.stdout.startswith("Would settle 1 delivery. Hundreds not in this backup: 1.")
    assert read_states() == []


def test_the_file_names_nobody(world: World) -> None:
    world.count(STEP)
    send_all(world)

    words = find_log().read_text("utf-8")

    campaign = db.session.get_one(Campaign, world.campaign_id)
    assert campaign.slug in words and "members" in words
    for secret in ("Ada", "@people.example", "02139", "Cambridge"):
        assert secret not in words


def cut_endings(path: Path) -> None:
    kept = [line for line in read_lines(path) if '"outcome"' not in line]
    path.write_text("".join(f"{line}\n" for line in kept), "utf-8")
