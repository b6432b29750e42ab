"""FAULT 19: whoever only looks changes nothing; a mail program's one click does its one thing."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.mail.mailer import get_folder
from petition.models import Signature
from petition.notifications.confirmations import mail_batch
from tests.ground import fill_form
from tests.security.visitor import TRACES, Visitor
from tests.web.public_world import make_world, sign

LOOKING = ("GET", "HEAD", "OPTIONS")
SCANNER = {"Sec-Purpose": "prefetch;prerender", "X-HTTP-Method-Override": "POST"}
ONE_CLICK = "List-Unsubscribe=One-Click"


def test_whoever_only_looks_writes_nothing_on_any_page(visitor: Visitor) -> None:
    for rule in visitor.app.url_map.iter_rules():
        path = visitor.fill(rule)
        for method in LOOKING:
            # As a link that somebody made up, with all that a form would say.
            query = "?do=erase&_method=POST&do=withdraw&List-Unsubscribe=One-Click"
            answer, wrote = visitor.ask(method, path + query, headers=SCANNER)

            assert wrote <= TRACES.get(rule.endpoint, set()), (method, path)
            assert answer.status_code < 500, (method, path)


def test_an_odd_method_changes_nothing(visitor: Visitor) -> None:
    links = [rule for rule in visitor.list_rules("POST") if "<token>" in rule.rule]

    for rule in links:
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "X"):
            answer, wrote = visitor.ask(method, visitor.fill(rule), data={"do": "erase"})
            assert answer.status_code in (400, 405, 501) and wrote == set(), (method, rule.rule)
    assert len(links) == 15


@pytest.mark.parametrize(
    ("headers", "content_type"),
    [
        ({}, "application/x-www-form-urlencoded"),
        ({"Origin": "null"}, "application/x-www-form-urlencoded"),
        ({"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}, "multipart/form-data"),
        ({"Referer": "https://mail.example/inbox"}, "application/x-www-form-urlencoded"),
        ({"Accept": "*/*", "User-Agent": "Mail-Unsubscribe/1.0"}, "text/plain"),
        ({"Accept-Language": "es", "Cookie": "somebody=else"}, ""),
    ],
)
def test_one_click_by_the_mails_own_header_stops_the_mails(
    app: Flask, headers: dict[str, str], content_type: str
) -> None:
    make_world(app, confirm_email=True)
    sign(app, fill_form(1))
    with app.app_context():
        mail_batch()
        (path,) = get_folder(app.extensions["hundredth"]).folder.glob("confirm*/message.eml")
    mail = message_from_bytes(path.read_bytes(), policy=default)
    link = re.fullmatch(r"<https://petition\.example(/[^>]+)>", mail["List-Unsubscribe"])
    assert link and mail["List-Unsubscribe-Post"] == ONE_CLICK
    browser = app.test_client(use_cookies=False)

    looked = browser.get(link[1])
    before = read_unsubscribed(app)
    answers = [
        browser.post(link[1], data=ONE_CLICK, content_type=content_type, headers=headers)
        for _ in range(2)
    ]

    assert looked.status_code == 200 and before is None
    assert [(answer.status_code, answer.location) for answer in answers] == [(200, None)] * 2
    assert all("Set-Cookie" not in answer.headers for answer in answers)
    assert read_unsubscribed(app) is not None


def read_unsubscribed(app: Flask) -> object:
    with app.app_context():
        return db.session.scalars(select(Signature.unsubscribed_at)).one()
