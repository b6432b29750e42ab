"""The demonstration's mails as pages: for this host alone, and for nobody else."""

from dataclasses import replace

import pytest
from flask import Flask

from petition.core.extensions import transaction
from petition.models import SignatureState
from petition.notifications.confirmations import mail_batch
from petition.web.demo_mail import add_pages
from tests.factories import make_campaign, make_signature
from tests.web.public_world import open_page

HERE = {"REMOTE_ADDR": "127.0.0.1"}
MAIL = "/demo/mail"
DEMO = {
    "demo": True,
    "public_url": "http://127.0.0.1:8000",
    "host": "127.0.0.1",
    "proxy_hops": 0,
    "smtp_url": None,
}


def set_up(app: Flask, **changes: object) -> bool:
    """Let the app be what ``petition up --demo`` serves; return whether it has the pages."""
    settings = app.extensions["hundredth"]
    app.extensions["hundredth"] = replace(settings, **(DEMO | changes))
    return add_pages(app)


def send_mail(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session, title="Say “yes” & <sign>")
            pending = {"state": SignatureState.PENDING, "confirmed_at": None, "seat": None}
            make_signature(session, campaign, **pending)
        assert mail_batch() == 1


def test_each_mail_is_listed_and_shown(app: Flask) -> None:
    assert set_up(app)
    send_mail(app)

    client = app.test_client()
    page = client.get(MAIL, base_url="http://127.0.0.1:8000")
    path = page.text.partition('href="/demo/mail/')[2].partition('"')[0]
    mail = client.get(f"{MAIL}/{path}", base_url="http://127.0.0.1:8000")
    text = client.get(f"{MAIL}/{path}/text", base_url="http://127.0.0.1:8000")

    assert "Confirm your signature" in page.text and "&lt;sign&gt;" in page.text
    assert "Confirm my signature" in mail.text and "/confirm/" in text.text
    assert "script-src" not in mail.headers["Content-Security-Policy"]
    assert "default-src 'none'" in mail.headers["Content-Security-Policy"]
    for answer in (page, mail, text):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    "changes",
    [
        {"demo": False},
        {"host": "0.0.0.0"},
        {"host": "192.0.2.1"},
        {"public_url": "https://petition.example"},
        {"proxy_hops": 1},
        {"smtp_url": "smtp://127.0.0.1:25"},
    ],
)
def test_there_are_none_where_others_can_ask(app: Flask, changes: dict[str, object]) -> None:
    assert not set_up(app, **changes)

    assert app.test_client().get(MAIL, base_url="http://127.0.0.1").status_code == 404


@pytest.mark.parametrize(
    ("headers", "address", "host"),
    [
        ({}, "192.0.2.7", "127.0.0.1"),
        ({}, "127.0.0.1", "petition.example"),
        ({"X-Forwarded-For": "192.0.2.7"}, "127.0.0.1", "127.0.0.1"),
        ({"Forwarded": "for=192.0.2.7"}, "127.0.0.1", "127.0.0.1"),
        ({"Via": "1.1 proxy"}, "127.0.0.1", "127.0.0.1"),
    ],
)
def test_nobody_from_elsewhere_sees_them(
    app: Flask, headers: dict[str, str], address: str, host: str
) -> None:
    assert set_up(app)
    send_mail(app)

    page = app.test_client().get(
        MAIL, headers=headers, base_url=f"http://{host}", environ_base={"REMOTE_ADDR": address}
    )

    assert page.status_code == 404 and "Confirm your signature" not in page.text


@pytest.mark.parametrize("name", ["..", "%2e%2e", "no-such", "../../data", "x/message.eml"])
def test_no_other_file_is_shown(app: Flask, name: str) -> None:
    assert set_up(app)
    send_mail(app)

    page = app.test_client().get(f"{MAIL}/{name}", base_url="http://127.0.0.1")

    assert page.status_code in (404, 308)


def test_the_service_itself_has_no_such_page(app: Flask) -> None:
    assert open_page(app, MAIL).status_code == 404
