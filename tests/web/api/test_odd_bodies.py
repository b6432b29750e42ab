"""Odd words in every field of a signature are no error of ours, and nothing of them is printed."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Signature
from tests.security.test_odd_input import BIDI, ODD
from tests.web.api.world import (
    PROBLEM,
    RECORD,
    call,
    find_offer_id,
    make_api_token,
    make_organization,
    write_signature,
)
from tests.web.public_world import make_world

WORDS = [word if isinstance(word, str) else word.decode("latin-1") for word in ODD.values()]
VALUES: list[Any] = [*WORDS, None, True, 0, -1, 2**70, 1.5, [], {}, ["a"], {"a": "b"}, "\x00"]


def list_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in a body, of the whole last."""
    if not isinstance(value, dict | list):
        return
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from list_paths(inner, (*path, name))
        yield (*path, name)


def replace(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return the body with another value at a path."""
    changed = deepcopy(body)
    at: Any = changed
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return changed


def test_no_odd_value_in_a_body_is_an_error_of_ours(app: Flask) -> None:
    make_world(app)
    make_organization(app)
    token = make_api_token(app)
    body = write_signature(
        comments="x",
        publish_comments=True,
        show_name=True,
        notify=True,
        text_version=1,
        consents=[{"purpose": "updates", "offer": find_offer_id(app)}],
    )
    client = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}

    statuses = set()
    for path in list_paths(body):
        for value in VALUES:
            sent = replace(body, path, value)
            answer = client.post(f"/api/v1{RECORD}", json=sent, headers=headers)
            statuses.add(answer.status_code)
            assert answer.status_code == 202 or answer.content_type == PROBLEM, (path, value)

    assert statuses <= {202, 400, 409, 422}
    with app.app_context():
        people = db.session.scalars(select(Signature.person)).all()
        kept = "".join(f"{one.called}{one.locality}{one.comment}" for one in people if one)
        assert len(people) > 4 and not {"\0", "\x1b", *BIDI} & set(kept)


def test_no_odd_header_is_an_error_of_ours(app: Flask) -> None:
    make_world(app)
    make_organization(app)
    token = make_api_token(app)
    names = ("Idempotency-Key", "Accept", "If-None-Match", "Authorization", "Content-Type")

    for name in names:
        for word in WORDS:
            line = word.replace("\r", "").replace("\n", "").encode("utf-8", "replace")
            headers = {"Authorization": f"Bearer {token}", name: line.decode("latin-1")}
            for path, options in (("/campaigns", {}), (RECORD, {"json": write_signature()})):
                if name == "Content-Type" and options:
                    options = {"data": b"{}"}
                assert call(app, path, headers=headers, **options).status_code < 500
