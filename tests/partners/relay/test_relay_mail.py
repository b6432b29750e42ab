"""The e-mail itself: whom it is from, what is safe in it, and what a server's refusal does."""

import pytest
from flask.ctx import AppContext

from petition.core.errors import InvalidInput
from petition.core.extensions import db, get_settings, transaction
from petition.mail import make_address
from petition.models import Organization, Signature
from petition.notifications.message_ids import read_message_id
from petition.partners.relay.message_list import find_line
from petition.signers.leave_group import read_leaving
from tests.dispatch.conftest import mail_to
from tests.factories import make_person
from tests.mail import servers
from tests.mail.balking import Balking, read_recipients
from tests.mail.servers import RoughServer
from tests.partners.relay.world import (
    make_all_due,
    make_world,
    read_mails,
    read_states,
    send_all,
)


def test_it_is_from_the_service_for_the_organization_and_answers_go_there(
    context: AppContext,
) -> None:
    world = make_world(people=0, title="Save the path")
    signature_id = world.add_person(person=make_person(given_name="Ada"))
    world.start(
        subject="{first_name}, a walk",
        body="Dear {first_name},\n\nsee https://riders.example/walk?a=1&b=2.\nBring <b>tea</b>.",
    )
    send_all()

    (mail,) = read_mails()
    sender, reply = mail["From"].addresses[0], mail["Reply-To"].addresses[0]
    assert sender.display_name == "Riders via Hundredth"
    assert sender.addr_spec == make_address("", get_settings().mail_from).addr_spec
    assert (reply.display_name, reply.addr_spec) == ("Riders", "a@riders.example")
    assert mail["Subject"] == "Ada, a walk"
    assert read_message_id(str(mail["Message-ID"])) == signature_id
    plain = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    page = mail.get_body(("html",)).get_content()
    assert plain.startswith("Dear Ada,\n\nsee https://riders.example/walk?a=1&b=2.\nBring <b>tea")
    assert "Save the path" in plain
    assert "did not give them your e-mail address" in plain
    assert 'href="https://riders.example/walk?a=1&amp;b=2"' in page
    assert "&lt;b&gt;tea&lt;/b&gt;" in page
    assert "@people.example" not in plain + page
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in plain
    assert read_leaving(link.rpartition("/")[2]).organization == "Riders"


@pytest.mark.parametrize(
    ("chosen", "contact", "expected"),
    [
        ("contact", "hello@riders.example", "hello@riders.example"),
        ("sender", "hello@riders.example", "a@riders.example"),
        ("contact", None, "a@riders.example"),
    ],
)
def test_answers_go_where_its_writer_chose(
    context: AppContext, chosen: str, contact: str | None, expected: str
) -> None:
    world = make_world(people=1)
    with transaction() as session:
        session.get_one(Organization, world.group_id).contact_email = contact
    message_id = world.start(answers_to=chosen)
    send_all()
    line = find_line(world.group_id, message_id)

    (mail,) = read_mails()
    assert mail["Reply-To"].addresses[0].addr_spec == expected
    assert line is not None and line.answers_to == chosen


def test_answers_go_nowhere_else(context: AppContext) -> None:
    world = make_world(people=1)

    with pytest.raises(InvalidInput):
        world.draft(answers_to="all@people.example")


def test_the_words_around_it_are_in_the_campaigns_language(context: AppContext) -> None:
    world = make_world(people=1, language="es")
    world.start()
    send_all()

    (mail,) = read_mails()
    plain = mail.get_body(("plain",)).get_content()
    assert "Riders" in plain
    assert "You get this because" not in plain
    assert "?lang=es" in plain


def test_nothing_that_was_typed_becomes_a_header(context: AppContext) -> None:
    world = make_world(people=0)
    world.add_person(person=make_person(given_name="Ada\r\nBcc: x@y.example"))
    world.start(subject="Hi {first_name}\r\nBcc: all@people.example\r\n\r\nbody =?utf-8?q?=0A?=")
    send_all()

    (mail,) = read_mails()
    assert "Bcc" not in mail
    assert len(mail["To"].addresses) == 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"subject": " \r\n "}, "subject"),
        ({"subject": "x" * 121}, "subject"),
        ({"body": "\x00\x07"}, "body"),
        ({"body": "x" * 5001}, "body"),
        ({"campaign": "999"}, "campaign"),
        ({"since": "2026-13-40"}, "since"),
    ],
)
def test_what_is_too_long_or_unknown_is_refused_by_field(
    fields: dict[str, str], problem: str, context: AppContext
) -> None:
    world = make_world(people=1)

    with pytest.raises(InvalidInput) as refused:
        world.draft(**fields)

    assert list(refused.value.problems) == [problem]


def test_a_mailbox_that_is_refused_is_marked_and_its_row_has_no_address(make_app) -> None:  # type: ignore[no-untyped-def]
    refuses = Balking("rcpt", "550 5.1.1 No such user")
    with RoughServer(refuses, servers.accept) as server:
        app = make_app(**mail_to(server.address))
        with app.app_context():
            world = make_world(people=2)
            message_id = world.start()
            send_all()
            make_all_due()
            send_all()
            assert read_states(message_id) == ["failed", "accepted"]
            marks = [db.session.get_one(Signature, one).unreachable_at for one in world.signatures]
            assert [mark is not None for mark in marks] == [True, False]
            db.session.remove()
        assert len(read_recipients(server.kept)) == 1


def test_no_answer_is_unknown_and_never_sent_again(make_app) -> None:  # type: ignore[no-untyped-def]
    with RoughServer(servers.drop_after_dot, servers.accept) as server:
        app = make_app(**mail_to(server.address))
        with app.app_context():
            message_id = make_world(people=1).start()
            send_all()
            assert send_all() == 0
            assert read_states(message_id) == ["unknown"]
            db.session.remove()
