"""FAULTS 29: mails to signers that went since a backup go no more, and all others go once."""

import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from petition.core.extensions import db, get_settings, transaction
from petition.dispatch.leases import BATCH_LEASE
from petition.journals.handovers import find_log, read_handovers
from petition.journals.line_files import read_lines
from petition.models import Campaign, MailKind, Milestone, Signature, SignatureState
from petition.notifications.arrival_notices import find_wait, plan_delivered
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.message_ids import read_envelope, read_message_id
from petition.notifications.requeueing import REMIND_AFTER
from petition.restore.handover_records import RestoreReport, join_lines, join_mails
from petition.restore.own_journals import replay_own_handovers
from petition.restore.restored_letters import replay_letters
from petition.restore.restored_mails import replay_mails
from petition.restore.stale_outbox import describe_old_outbox
from petition.signers.lost_link import ask_for_links
from tests.cli.runner import run
from tests.factories import make_campaign, make_person, make_signature
from tests.forked import run_forked, run_started
from tests.mail.reports import make_report
from tests.mail.servers import Answers, polite_server
from tests.notifications.conftest import arrive, carry, carry_again, read_mails, read_part
from tests.restore.backup import restore, save
from tests.web.public_world import make_world

Later = Callable[[timedelta], None]
SLUG = "restored"
FULL = "452 4.2.2 Mailbox full"
# Ends itself the hard way right before what is named, or right after it.
VICTIM = """
import os, signal, sys
from importlib import import_module
from petition import create_app
module, _, name = sys.argv[1].rpartition(".")
original = getattr(import_module(module), name)
def die(*given, **named):
    if sys.argv[2] == "after":
        original(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(import_module(module), name, die)
from petition.notifications.confirmations import mail_batch
with create_app().app_context():
    mail_batch()
"""
pytestmark = pytest.mark.own_database


@pytest.fixture
def answers(make_app: Callable[..., Flask]) -> Iterator[Answers]:
    """A mail server that an app in context mails to, and what it was given."""
    server = Answers()
    with polite_server(server) as address:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}?timeout=5")
        with app.app_context():
            with transaction() as session:
                make_campaign(session, slug=SLUG, confirm_email=True)
            yield server
            db.session.remove()


def sign(number: int, *, confirmed: bool = False, **changes: object) -> int:
    """Add a signature whose mailbox has this number, waiting for its confirmation or standing."""
    state = {} if confirmed else {"state": SignatureState.PENDING, "confirmed_at": None}
    with transaction() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.slug == SLUG)).one()
        person = make_person(email=f"p{number}@people.example")
        return make_signature(session, campaign, person=person, **(state | changes)).id


def ask(number: int) -> None:
    ask_for_links(f"p{number}@people.example")


def replay(*paths: Path) -> RestoreReport:
    report = RestoreReport()
    lines = [line for path in paths or (find_log(),) for line in read_handovers(read_lines(path))]
    replay_letters(join_lines(lines, report), report)
    replay_mails(join_mails(lines), report)
    db.session.remove()
    return report


def work() -> None:
    """Do what waits for the mail server, until nothing is due."""
    for _ in range(20):
        if not mail_batch() + send_batch():
            return


def count_mails(answers: Answers) -> Counter[tuple[str, str]]:
    """Return how many mails of each kind each mailbox was given."""
    return Counter(
        (recipient, str(message["Message-ID"]).strip("<").partition(".")[0])
        for recipient, message in zip(answers.recipients, read_mails(answers.kept), strict=True)
    )


def test_what_went_goes_no_more_and_what_waits_goes_once(answers: Answers) -> None:
    for number in range(5):
        sign(number)
    backup = save()
    mail_batch(3)
    restore(backup)

    report = replay()
    work()

    assert (report.mails, report.mails_known, report.unsure) == (3, 0, [])
    assert set(count_mails(answers).values()) == {1} and len(answers.recipients) == 5


def test_a_reminder_is_sent_once_and_at_its_time(answers: Answers, make_later: Later) -> None:
    for number in range(2):
        sign(number)
    backup = save()
    work()
    make_later(REMIND_AFTER)
    send_batch(1)
    restore(backup)

    report = replay()
    work()
    make_later(timedelta(hours=1))
    work()

    assert report.mails == 3
    counted = count_mails(answers)
    assert set(counted.values()) == {1} and len(counted) == 4


def test_a_signature_of_after_the_backup_settles_nothing_of_who_gets_its_number(
    answers: Answers,
) -> None:
    backup = save()
    lost = sign(1)
    work()
    restore(backup)
    sign(2, id=lost)

    report = replay()
    work()

    assert (report.mails, report.mails_away) == (0, 1)
    assert answers.recipients == ["p1@people.example", "p2@people.example"]


def test_what_comes_back_of_a_lost_signature_says_nothing_of_who_gets_its_number(
    answers: Answers, tmp_path: Path
) -> None:
    """By its Message-ID, and by the address that its mail was sent from."""
    backup = save()
    lost = sign(1)
    work()
    name = str(read_mails(answers.kept)[-1]["Message-ID"])
    sender = answers.senders[-1]
    restore(backup)
    assert sign(2, id=lost) == lost
    work()
    path = tmp_path / "report"
    path.write_bytes(make_report("550 5.1.1 user unknown", "5.1.1", "delivery-status", name, 1))

    run(current_app, "bounces", "read", str(path))

    assert read_message_id(name) is None and sender is not None
    assert read_envelope(sender) is None
    stranger = db.session.get_one(Signature, lost, populate_existing=True)
    assert (stranger.unreachable_at, stranger.doubted_at) == (None, None)
    assert read_message_id(str(read_mails(answers.kept)[-1]["Message-ID"])) == lost


def test_what_was_refused_goes_again_and_once(answers: Answers, make_later: Later) -> None:
    sign(1)
    backup = save()
    answers.data = ["452 4.3.1 no room"]
    work()
    restore(backup)

    assert replay().mails == 0
    make_later(timedelta(hours=3))
    work()

    assert answers.recipients == ["p1@people.example"]


def test_a_lost_link_that_was_asked_for_goes_once_and_another_wish_is_another_mail(
    answers: Answers, make_later: Later
) -> None:
    sign(1, confirmed=True)
    ask(1)
    backup = save()
    work()
    restore(backup)

    assert replay().mails == 1
    work()
    assert answers.recipients == ["p1@people.example"]
    make_later(timedelta(hours=1))
    ask(1)
    work()
    assert len(answers.recipients) == 2
    make_later(timedelta(hours=1))
    ask(1)
    mail_batch(0)  # answers who asked, and sends nothing
    assert replay().mails == 0
    work()
    assert len(answers.recipients) == 3


def test_the_one_mail_with_both_links_of_a_shared_mailbox_goes_once(answers: Answers) -> None:
    sign(1, confirmed=True)
    sign(1, confirmed=True, seat=2)
    ask(1)
    backup = save()
    send_batch(1)
    restore(backup)

    replay()
    work()

    (mail,) = read_mails(answers.kept)
    assert read_part(mail, "plain").count("https://petition.example/signatures/") == 2


def test_a_confirmation_that_is_asked_for_after_a_restore_goes_also_after_a_start(
    answers: Answers, make_later: Later
) -> None:
    sign(1)
    backup = save()
    work()
    restore(backup)
    replay()
    make_later(timedelta(hours=1))
    ask(1)
    mail_batch(0)

    assert replay_own_handovers().mails == 0
    assert replay().mails == 0
    work()

    assert answers.recipients == ["p1@people.example"] * 2


def test_who_was_told_of_an_arrival_is_not_told_again_under_another_number(
    answers: Answers, make_later: Later
) -> None:
    milestone_id, people = carry({"notify": True}, {"notify": True})
    arrive(milestone_id)
    backup = save()
    plan_delivered()
    make_later(find_wait())
    send_batch(1)
    restore(backup)
    with transaction() as session:
        code = session.get_one(Milestone, milestone_id).code
    assert code in find_log().read_text("utf-8")

    assert replay().mails == 1
    plan_delivered()
    make_later(find_wait())
    work()

    told = Counter(read_message_id(str(mail["Message-ID"])) for mail in read_mails(answers.kept))
    assert told == dict.fromkeys(people, 1)


@pytest.mark.parametrize(
    ("point", "when", "went", "is_sure"),
    [
        ("petition.notifications.mail_handover.note_mail", "before", False, True),
        ("petition.notifications.mail_handover.note_mail", "after", False, False),
        ("petition.notifications.mail_handover.note_mail_ending", "before", True, False),
        ("petition.notifications.mail_handover.note_mail_ending", "after", True, True),
    ],
)
def test_killed_around_the_hand_over_nothing_goes_twice_and_what_is_not_known_is_named(
    answers: Answers,
    environment: dict[str, str],
    make_later: Later,
    point: str,
    when: str,
    went: bool,
    is_sure: bool,
) -> None:
    for number in range(3):
        sign(number)
    backup = save()
    mailing = {"PETITION_SMTP_URL": str(get_settings().smtp_url)}
    killed = run_forked(["-c", VICTIM, point, when], environment | mailing)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert len(answers.recipients) == went
    restore(backup)

    report = replay()
    make_later(BATCH_LEASE)
    work()

    assert [("may have been sent" in said) for said in report.unsure] == [True] * (not is_sure)
    assert set(count_mails(answers).values()) == {1}
    # The one of which nobody can know is told by its number.
    assert len(answers.recipients) == 3 - (not is_sure and not went)


def test_after_a_crash_without_a_restore_a_start_leaves_what_broke_off_to_go_once_more(
    answers: Answers, environment: dict[str, str], make_later: Later
) -> None:
    sign(1)
    mailing = {"PETITION_SMTP_URL": str(get_settings().smtp_url)}
    victim = ["-c", VICTIM, "petition.notifications.mail_handover.note_mail", "after"]
    run_started(victim, environment | mailing)
    assert '"mail"' in find_log().read_text("utf-8")

    assert replay_own_handovers().mails == 0
    make_later(BATCH_LEASE)
    work()

    assert answers.recipients == ["p1@people.example"]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_went_was_refused_or_came_after_the_backup_each_mail_goes_once(
    answers: Answers, make_later: Later, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    mailboxes = list(range(chance.randint(10, 25)))
    asking = [number for number in mailboxes if chance.random() < 0.4]
    for number in mailboxes:
        sign(number, confirmed=number in asking)
    _go_on(chance, answers, make_later, [n for n in asking if chance.random() < 0.5])
    early = Counter(find_asked(answers))
    late = [number for number in asking if not early[number] and chance.random() < 0.8]
    backup = save()
    _go_on(chance, answers, make_later, late)
    for number in range(100, 100 + chance.randint(0, 6)):
        sign(number)
    _go_on(chance, answers, make_later, [])
    gone_before = count_mails(answers)
    restore(backup)

    report = replay()
    assert replay().mails == 0
    for number in range(200, 205):
        sign(number)
    answers.rcpt, answers.data = [], []
    for _ in range(8):
        work()
        make_later(timedelta(hours=2))

    assert report.unsure == []
    counted = count_mails(answers)
    twice = {key: times for key, times in counted.items() if times > 1}
    assert twice == {} and gone_before.keys() <= counted.keys()
    for number in [*mailboxes, *range(200, 205)]:
        if number not in asking:
            assert counted[f"p{number}@people.example", "confirm"] == 1


def test_the_lines_of_several_hosts_settle_together(answers: Answers, tmp_path: Path) -> None:
    for number in range(4):
        sign(number)
    backup = save()
    mail_batch(2)
    other = tmp_path / "other.log"
    find_log().rename(other)  # as one renames a file that has grown
    mail_batch(1)
    restore(backup)

    report = replay(other, find_log())
    work()

    assert report.mails == 3
    assert set(count_mails(answers).values()) == {1} and len(answers.recipients) == 4


def test_the_file_names_nobody_and_a_damaged_line_is_counted(answers: Answers) -> None:
    sign(1)
    work()
    words = find_log().read_text("utf-8")
    assert "confirm" in words and "people.example" not in words and "Ada" not in words
    with find_log().open("a", encoding="utf-8") as file:
        file.write('{"at":"2026-01-01T00:00:00+00:00","mail":"confirm x y","attempt":1}\n')

    report = replay()

    assert (report.mails, report.mails_known, report.damaged) == (0, 1, 1)


def test_the_command_settles_mails_and_says_so(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    with app.app_context():
        with transaction() as session:
            make_campaign(session, slug=SLUG, confirm_email=True)
        sign(1)
        backup = save()
        mail_batch()
        restore(backup)
        dry = run(app, "deliveries", "replay", "--dry-run").stdout
        told = run(app, "deliveries", "replay").stdout
        again = run(app, "deliveries", "replay").stdout
        db.session.remove()

    assert "E-mails to signers sent since then, to be marked as sent: 1." in dry
    assert "E-mails to signers sent since then, now marked as sent: 1." in told
    assert "now marked as sent: 0." in again


def test_an_outbox_of_before_the_restore_is_told(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_BRAKE_LETTERS_A_DAY="off")
    with app.app_context():
        world = make_world(app, step=3)
        backup = save()
        (milestone_id,) = world.count(3)
        world.send(milestone_id)
        assert describe_old_outbox() == []
        restore(backup)

        (told,) = describe_old_outbox()

        assert "move that folder away" in told
        db.session.remove()


def find_asked(answers: Answers) -> list[int]:
    return [
        int(recipient.strip("p").partition("@")[0])
        for recipient, kind in count_mails(answers)
        if kind == MailKind.LINK
    ]


def _go_on(chance: random.Random, answers: Answers, later: Later, asking: list[int]) -> None:
    """Let some ask for their link, and some of the mails go, be refused or wait."""
    for number in asking:
        ask(number)
    for _ in range(chance.randint(0, 3)):
        answers.rcpt = [FULL if chance.random() < 0.3 else "" for _ in range(3)]
        answers.rcpt = [reply for reply in answers.rcpt if reply]
        answers.data = [FULL] if chance.random() < 0.4 else []
        chance.choice([mail_batch, send_batch])(chance.randint(1, 8))
        if chance.random() < 0.3:
            later(timedelta(minutes=chance.randint(1, 30)))


def test_a_mail_of_several_letters_is_known_again_by_each_of_their_codes(
    answers: Answers, make_later: Later
) -> None:
    first, people = carry({"notify": True})
    milestones = [first, carry_again(people, "sldu")]
    for milestone_id in milestones:
        arrive(milestone_id)
    backup = save()
    plan_delivered()
    make_later(find_wait())
    send_batch()
    restore(backup)

    report = replay()
    plan_delivered()
    make_later(find_wait())
    work()

    assert (report.mails, report.mails_known, report.unsure) == (1, 0, [])
    assert len(answers.kept) == 1
    assert replay().mails_known == 1
