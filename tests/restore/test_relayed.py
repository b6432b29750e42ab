"""Messages of organizations that people got since a backup are not sent to them again."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.extensions import db
from petition.journals.handovers import find_log, read_handovers
from petition.journals.line_files import read_lines
from petition.models import Consent, RelaySend
from petition.partners.relay.drafts import RelayRefused, delete_draft
from petition.partners.relay.sending import start_sending
from petition.restore.handover_records import RestoreReport, join_mails
from petition.restore.restored_mails import replay_mails
from petition.signers.preferences import withdraw_consent
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.partners.relay.world import make_all_due, make_world, read_mails, read_states, send_all
from tests.restore.backup import restore, save

pytestmark = pytest.mark.own_database


def replay() -> RestoreReport:
    report = RestoreReport()
    replay_mails(join_mails(list(read_handovers(read_lines(find_log())))), report)
    db.session.remove()
    return report


def test_what_was_sent_since_is_not_sent_again(context: AppContext) -> None:
    world = make_world(people=3)
    world.start()
    backup = save()
    send_all()
    assert len(read_mails()) == 3
    restore(backup)

    report = replay()
    make_all_due()
    send_all()

    assert report.mails == 3 and report.unsure == []
    assert len(read_mails()) == 3
    assert replay().mails == 0
    assert replay().mails_known == 3


def test_a_draft_that_was_sent_since_leaves_out_whoever_got_it(context: AppContext) -> None:
    world = make_world(people=2)
    number = world.draft()
    backup = save()
    start_sending(world.group_id, world.users[0], number)
    send_all()
    restore(backup)
    report = replay()
    world.add_person()
    with pytest.raises(RelayRefused):
        delete_draft(world.group_id, world.users[0], number)
    assert start_sending(world.group_id, world.users[0], number) == 1
    send_all()

    assert report.mails == 2
    assert len(read_mails()) == 3


def test_a_message_that_is_not_in_the_backup_is_only_counted(context: AppContext) -> None:
    world = make_world(people=2)
    backup = save()
    world.start()
    send_all()
    restore(backup)

    report = replay()

    assert (report.mails, report.mails_away) == (0, 2)
    assert db.session.scalars(select(RelaySend.id)).all() == []


def test_who_withdrew_since_is_not_written_to_either(context: AppContext) -> None:
    world = make_world(people=1)
    number = world.start()
    backup = save()
    send_all()
    restore(backup)
    offer_id = db.session.scalars(select(Consent.offer_id)).first()
    db.session.rollback()
    withdraw_consent(make_token(world.signatures[0], LinkPurpose.STATUS), offer_id or 0)

    replay()
    make_all_due()
    send_all()

    assert len(read_mails()) == 1 and read_states(number) == ["cancelled"]
