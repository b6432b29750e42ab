"""What a private address answers is kept by no cache, and no other site learns the address.

Each page whose address is a secret or that shows what is not for everybody, by each method, with
its own token and with others, where it is well and where the database is away.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.ground import POSTAL_CODE, fill_form
from tests.security.visitor import Visitor
from tests.web.public_world import CAMPAIGN, SIGN
from tests.web.staff_world import BASE

EMBEDDED = SIGN.replace("campaigns", "embed")
METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS")
NOBODY_ELSE = ("no-referrer", "same-origin")
AWAY = {
    "sqlite": "sqlite:////nowhere/hundredth.sqlite3",
    "postgresql": "postgresql://hundredth:secret@127.0.0.1:1/hundredth",
}
LONG = {"data": b"email=" + b"x" * 5_000_000}


def list_private(visitor: Visitor) -> list[Rule]:
    """Return the rules of private addresses: those with a token, and the portals'."""
    rules = {rule.rule: rule for method in ("GET", "POST") for rule in visitor.list_rules(method)}
    return [
        rule
        for path, rule in rules.items()
        if "<token>" in path or path.startswith(("/staff", "/partner/"))
    ]


def find_fault(answer: TestResponse, token: bool) -> str | None:
    """Return what is wrong with the headers of an answer, None where nothing is."""
    sent = answer.headers
    kept = sent.getlist("Cache-Control")
    # To whom it goes is said whole: one header of each kind, which nothing after it takes back.
    wrong = kept not in (["no-store"], ["private, no-store"])
    wrong |= len(sent.getlist("Referrer-Policy")) != 1
    wrong |= sent.get("Referrer-Policy") not in NOBODY_ELSE
    if token and answer.status_code in (200, 303, 410, 422):
        wrong |= sent.get("Referrer-Policy") != "no-referrer"
        wrong |= "noindex" not in sent.get("X-Robots-Tag", "")
    names = ("Cache-Control", "Referrer-Policy", "X-Robots-Tag")
    return f"{answer.status_code} {[sent.getlist(name) for name in names]}" if wrong else None


def ask_all(visitor: Visitor) -> Iterator[tuple[str, bool, TestResponse]]:
    """Ask each private address by each method, as its owner and as somebody else."""
    for rule in list_private(visitor):
        own = visitor.fill(rule)
        forged = visitor.fill(rule, token="forged") if "<token>" in rule.rule else own
        for method in METHODS:
            for path in dict.fromkeys([own, forged]):
                yield f"{method} {rule.rule}", forged != own, visitor.ask(method, path)[0]
        elsewhere = visitor.app.test_client().get(own, base_url="https://evil.example")
        yield f"another host's {rule.rule}", forged != own, elsewhere
        yield f"unknown {rule.rule}", forged != own, visitor.app.test_client().get(own)
        yield f"long {rule.rule}", forged != own, visitor.ask("POST", own, **LONG)[0]


def test_no_cache_keeps_what_a_private_address_answers(visitor: Visitor) -> None:
    faults, statuses = {}, set()

    for name, token, answer in ask_all(visitor):
        statuses.add(answer.status_code)
        faults[name] = find_fault(answer, token)

    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert statuses >= {200, 302, 303, 400, 404, 405, 413, 422}


def test_no_cache_keeps_a_link_that_has_expired(
    visitor: Visitor, make_later: Callable[[timedelta], None]
) -> None:
    make_later(timedelta(days=20))
    statuses = set()

    for rule in list_private(visitor):
        if "<token>" in rule.rule:
            answer = visitor.app.test_client().get(visitor.fill(rule))
            statuses.add(answer.status_code)
            assert find_fault(answer, token=True) is None, rule.rule

    assert 410 in statuses


def test_no_cache_keeps_what_is_answered_while_the_database_is_away(
    visitor: Visitor, make_app: Callable[..., Flask], database_url: str
) -> None:
    away = make_app(DATABASE_URL=AWAY[database_url.partition(":")[0]]).test_client()
    statuses = set()

    for rule in list_private(visitor):
        answer = away.get(visitor.fill(rule), base_url=BASE)
        statuses.add(answer.status_code)
        assert find_fault(answer, "<token>" in rule.rule) is None, rule.rule

    assert 503 in statuses


def test_no_cache_keeps_what_follows_from_what_was_typed(visitor: Visitor) -> None:
    """A form shown again, thanks, and a look-up: each names a street or a ZIP to who has it."""
    typed = {"street_address": "1 Main St", "postal_code": POSTAL_CODE}
    shown = {}
    for page in (SIGN, EMBEDDED):
        shown[page], _ = visitor.ask("POST", page, data={"given_name": "Ada"})
        led, _ = visitor.ask("POST", page, data=fill_form(5) | typed)
        shown[f"thanks of {page}"] = visitor.app.test_client().get(led.headers["Location"])
    led, _ = visitor.ask("POST", f"{CAMPAIGN}/near", data={"postal_code": POSTAL_CODE})
    shown["looked up"] = visitor.app.test_client().get(led.headers["Location"])
    shown["led to a look-up"] = led
    shown["lost"], _ = visitor.ask("POST", "/signatures/lost", data=fill_form(5) | {"email": "ada"})

    assert {page: find_fault(answer, token=False) for page, answer in shown.items()} == (
        dict.fromkeys(shown)
    )
    assert {answer.status_code for answer in shown.values()} == {200, 303, 422}
