"""FAULT 27: no text that anybody sends is normalised before its length is known.

Composing a run of combining marks takes time in the square of its length: 100,000 of them held a
process for twenty seconds. Work is measured here, not time: the longest run of marks in a text that
was normalised, and the longest text.
"""

import unicodedata
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from petition.web.forms import LARGEST_PUBLIC_FORM, LONGEST_PUBLIC
from tests.ground import fill_form
from tests.security.test_odd_input import FORMS, GOOD, QUERY
from tests.security.visitor import Visitor
from tests.web.public_world import SIGN
from tests.web.staff_world import BASE, find_token

# The most marks in a row that may be normalised: some milliseconds.
LONGEST = 1_000
# Characters of the longest text: four times what a comment may have.
LONGEST_TEXT = 4_000
MARKS = "\u0301\u0316"  # two classes in turn, so that each two must change places
MANY = MARKS * 50_000
# As many as a public form still takes, so that its fields are read.
FITTING = MARKS * 2_000
# Of a query: six bytes each, coded.
IN_ADDRESS = MARKS * 2_000
STAFFS = ("staff", "api")  # who sends to these has signed in, or has a token
UNREAD = {"links.unsubscribe_now", "links.unsubscribe_group_now"}  # whose form says nothing
# Takes a logo too, so a form with files may be longer; it is refused for its token first.
UPLOADS = {"partner.save_group"}


@pytest.fixture
def normalized(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The longest runs of marks in all texts that are normalised, by ours or by a library."""
    lengths = [0]
    normalize: Callable[..., str] = unicodedata.normalize

    def watch(form: Any, text: str, /) -> str:
        assert len(text) <= LONGEST_TEXT
        marks = "".join("m" if unicodedata.combining(sign) else " " for sign in text)
        lengths.append(max(map(len, marks.split()), default=0))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", watch)
    return lengths


def post(visitor: Visitor, path: str, data: dict[str, Any], *, multipart: bool) -> TestResponse:
    data = {"csrf_token": visitor.token} | data
    kind = "multipart/form-data" if multipart else "application/x-www-form-urlencoded"
    return visitor.ask("POST", path, data=data, content_type=kind)[0]


@pytest.mark.parametrize("multipart", [False, True], ids=["urlencoded", "multipart"])
def test_no_field_of_any_form_is_normalised_unmeasured(
    visitor: Visitor, normalized: list[int], multipart: bool
) -> None:
    wrong = []
    for rule in visitor.list_rules("POST"):
        path = visitor.fill(rule)
        ours = rule.endpoint.partition(".")[0] not in STAFFS
        for name in FORMS[rule.endpoint]:
            for word in (FITTING, MANY):
                answer = post(visitor, path, GOOD | {name: word}, multipart=multipart)
                longest, normalized[:] = max(normalized), [0]
                unread = not ours or rule.endpoint in UNREAD
                unread |= multipart and rule.endpoint in UPLOADS
                too_long = word is MANY and not unread and answer.status_code != 413
                if longest > LONGEST or answer.status_code >= 500 or too_long:
                    wrong.append((rule.endpoint, name, len(word), longest, answer.status_code))

    assert wrong == []


def test_no_part_of_an_address_is_normalised_unmeasured(
    visitor: Visitor, normalized: list[int]
) -> None:
    wrong = []
    for rule in visitor.list_rules("GET"):
        queried = dict.fromkeys(QUERY, MARKS * 300) | {"postal_code": IN_ADDRESS}
        asked = [(visitor.fill(rule), queried), (visitor.fill(rule), {"code": IN_ADDRESS})]
        asked += [(visitor.fill(rule, **{name: IN_ADDRESS}), {}) for name in rule.arguments]
        for path, query in asked:
            answer, _ = visitor.ask("GET", path, query_string=query)
            longest, normalized[:] = max(normalized), [0]
            if longest > LONGEST or answer.status_code >= 500:
                wrong.append((rule.endpoint, longest, answer.status_code))

    assert wrong == []


def test_a_form_that_is_too_long_is_refused_by_a_whole_page(visitor: Visitor) -> None:
    for path in (SIGN, SIGN.replace("/campaigns/", "/embed/")):
        page = visitor.browser.get(path.removesuffix("/signatures"), base_url=BASE)
        for data in ({"comment": "a" * LARGEST_PUBLIC_FORM}, {"comment": "a" * LONGEST_PUBLIC}):
            for multipart in (False, True):
                answer = post(visitor, path, fill_form(1) | data, multipart=multipart)

                assert answer.status_code == 413
                assert "That was too much to send at once" in answer.text
                assert "<title>" in answer.text and "</html>" in answer.text
                for name in ("Content-Security-Policy", "X-Content-Type-Options"):
                    assert answer.headers[name] == page.headers[name]
                assert answer.headers["Cache-Control"] == "no-store"


def test_the_longest_answers_that_a_signer_may_give_are_taken(visitor: Visitor) -> None:
    letter = "\U00010400"  # four bytes, and twelve percent-coded
    longest = fill_form(1) | {
        "given_name": letter * 75,
        "family_name": letter * 74,
        "street_address": letter * 200,
        "locality": letter * 100,
        "comment": letter * 1_000,
    }

    for multipart in (False, True):
        assert post(visitor, SIGN, longest, multipart=multipart).status_code == 303


def test_staff_send_longer_lists(visitor: Visitor) -> None:
    words = [f"{number:08}" for number in range(5_000)]

    answer = post(visitor, "/staff/comments", {"words": words, "why": ""}, multipart=False)

    assert answer.status_code != 413


def test_whoever_is_not_signed_in_sends_no_more_to_staffs_pages_than_to_others(
    visitor: Visitor, normalized: list[int]
) -> None:
    stranger = visitor.app.test_client()
    token = find_token(stranger.get("/staff/login", base_url=BASE))
    statuses = []
    for number, name in enumerate(("email", "password", "next")):
        for word in (FITTING, MANY):
            answer = stranger.post(
                "/staff/login",
                data={"csrf_token": token, "email": "a@b.example", "password": "x"} | {name: word},
                base_url=BASE,
                headers={"Origin": BASE},
                environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"},
            )
            statuses.append(answer.status_code)

    assert statuses == [200, 413] * 3
    assert max(normalized) <= LONGEST


def test_a_file_in_place_of_a_text_is_refused_as_a_text_is(visitor: Visitor) -> None:
    file = (BytesIO(MANY.encode()), "a.txt")

    assert post(visitor, SIGN, {"comment": file}, multipart=True).status_code == 413
