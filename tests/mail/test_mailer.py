"""Mail to signers: by SMTP, or as files."""

import stat
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from flask import Flask

from petition.core.errors import ChannelUnavailable
from petition.core.extensions import get_settings
from petition.mail import make_address, make_mailer, render_message
from tests.mail import servers
from tests.mail.servers import Answers, RoughServer, polite_server

pytestmark = pytest.mark.usefixtures("full_listening")


@pytest.fixture(params=["sqlite"])
def database_url(tmp_path: object) -> str:
    """Nothing here touches a database, so one of them is enough."""
    return f"sqlite:///{tmp_path}/none.sqlite3"


def make_message() -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = make_address("Neighbours", "letters@petition.example")
    message["To"] = make_address("Ada, Ü.", "ada@people.example")
    message["Subject"] = "Confirm"
    message["Message-ID"] = "<confirm.1@petition.example>"
    message.set_content("Hello Ü", cte="quoted-printable")
    return message


def test_a_mail_goes_to_the_one_mailbox_of_its_to(make_app: Callable[..., Flask]) -> None:
    answers = Answers()
    message = make_message()
    with polite_server(answers) as address:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}")
        with app.app_context():
            make_mailer(get_settings()).send(message)

    assert answers.recipients == ["ada@people.example"]
    assert answers.senders == ["letters@petition.example"]
    assert answers.kept == [render_message(message)]


def test_a_server_that_drops_the_line_says_nothing_of_the_person(
    make_app: Callable[..., Flask],
) -> None:
    with RoughServer(servers.drop_mid_data) as server:
        app = make_app(PETITION_SMTP_URL=f"smtp://{server.address}")
        with app.app_context(), pytest.raises(ChannelUnavailable) as caught:
            make_mailer(get_settings()).send(make_message())

    assert "ada" not in str(caught.value)


def test_without_a_server_mails_are_kept_for_this_user_only(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    with app.app_context():
        for _ in range(2):
            make_mailer(get_settings()).send(make_message())
        (folder,) = [
            path
            for path in (get_settings().data_dir / "mail").iterdir()
            if not path.name.startswith(".")
        ]

    assert (folder / "message.eml").read_bytes() == render_message(make_message())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
