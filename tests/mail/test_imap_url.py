"""The URL of a mailbox: what it may be, and what no error says."""

import pytest
from flask.ctx import AppContext

from petition.core.errors import ConfigurationError
from petition.mail.imap.imap_url import ImapServer

SECRET = "s3cret"


def test_a_url_has_all_that_is_needed(context: AppContext) -> None:
    server = ImapServer.from_url(
        f"imaps://letters%40x.example:{SECRET}%2F%3A@imap.x.example:1993/Bounced%20mail"
        "?timeout=5&move=Read"
    )

    assert (server.host, server.port, server.encrypted) == ("imap.x.example", 1993, True)
    assert (server.user, server.password) == ("letters@x.example", f"{SECRET}/:")
    assert (server.folder, server.seconds, server.move_to) == ("Bounced mail", 5, "Read")
    assert SECRET not in repr(server)


def test_what_is_left_out_has_a_default(context: AppContext) -> None:
    server = ImapServer.from_url(f"imaps://u:{SECRET}@imap.x.example")

    assert (server.port, server.folder, server.move_to) == (993, "INBOX", None)


def test_another_password_is_the_same_mailbox(context: AppContext) -> None:
    one, other, folder = (
        ImapServer.from_url(url).key
        for url in ("imaps://u:a@x.example", "imaps://u:b@x.example", "imaps://u:a@x.example/F")
    )

    assert one == other != folder


@pytest.mark.parametrize(
    "url",
    [
        "pop3://u:s3cret@x.example",
        "imaps://u:s3cret@/INBOX",
        "imaps://u:s3cret@[::1/INBOX",
        "imaps://u@x.example/s3cret",
        "imaps://:s3cret@x.example",
        "imap://u:s3cret@x.example",
        "imaps://u:s3cret@x.example:99999",
        "imaps://u:s3cret@x.example?timeout=0",
        "imaps://u:s3cret@x.example?timeout=61",
        "imaps://u:s3cret@x.example?s3cret=1",
        "imaps://u:s3cret%0D%0AA%20LOGOUT@x.example",
        "imaps://u:s3cret%C3%A9@x.example",
        "imaps://u:s3cret@x.example/In%0Abox",
        "imaps://u:s3cret@x.example/A?move=A",
    ],
)
def test_another_url_is_refused_without_its_password(context: AppContext, url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        ImapServer.from_url(url)

    assert SECRET not in str(refused.value)
    assert "PETITION_BOUNCES_URL" in str(refused.value)
