"""Lines of the journal of hand-overs that a disk, an editor or a stranger has changed.

Of each the replay takes what is whole and could have been written, and nothing else; a line that is
damaged never stops those beside it, and so no start of the service.
"""

import json
from dataclasses import asdict, fields
from typing import Any

import pytest
from flask.ctx import AppContext
from hypothesis import example, given
from hypothesis import strategies as st

from petition.core.extensions import db
from petition.journals.handovers import (
    Ending,
    LetterFacts,
    Line,
    MailHandover,
    MailName,
    find_log,
    read_handovers,
)
from petition.journals.line_files import append_line, drop_lines, read_lines
from petition.models import Mail
from petition.restore.handover_records import RestoreReport, join_lines, join_mails
from petition.restore.own_journals import replay_own_handovers

AT = "2026-11-28T12:00:00.123456+00:00"
MARK = "0123456789abcdef" * 2
MAIL = f"confirm 1 {MARK}"
FACTS: dict[str, Any] = {
    "campaign": "buses",
    "layer": "county",
    "division_id": "ocd-division/country:us/state:ma/county:middlesex",
    "number": 1,
    "threshold": 100,
    "step": 100,
    "code": "ABCD-EFGH",
    "reached_at": AT,
    "post_division": "ocd-division/country:us/state:ma/county:middlesex",
    "post_key": "board",
    "channel": "email",
    "sha256": "ab" * 32,
    "pages": 3,
    "size": 40_000,
    "names": 100,
    "addressee": ["Board", "1 City Hall Square"],
    "rendered_at": AT,
    "members": [MARK],
}
WHOLE: list[dict[str, Any]] = [
    {"at": AT, "letter": FACTS, "name": "<x@petition.example>", "attempt": 1},
    {"at": AT, "name": "<x@petition.example>", "attempt": 1, "outcome": "accepted"},
    {"at": AT, "mail": MAIL, "attempt": 2},
    {"at": AT, "name": MAIL, "attempt": 2, "outcome": "accepted"},
]
JOURNAL = [json.dumps(line) for line in WHOLE]
# What a field may hold instead, in JSON's own words: json.loads reads more than it should.
ODD = st.one_of(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=5), some),
        max_leaves=5,
    ).map(json.dumps),
    st.sampled_from(
        [
            *("1e999", "-1e999", "NaN", "true", "-1", "2147483648", "1.0", "9" * 30, "[" * 5_000),
            *('"\\u0000"', '"\\ud800"', '["a", 1]', '[["a"]]', '"2026-11-28T12:00:00"'),
            *('"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"', '"20261128T120000Z"'),
        ]
    ),
)
OUTER = [(number, name) for number, line in enumerate(WHOLE) for name in line]
INNER = [(0, field.name) for field in fields(LetterFacts)]


def put(place: tuple[int, str], value: str) -> str:
    """Return a whole line with one field's value in its place."""
    number, name = place
    if place in INNER:
        return json.dumps(WHOLE[number] | {"letter": FACTS | {name: "HERE"}}).replace(
            '"HERE"', value
        )
    return json.dumps(WHOLE[number] | {name: "HERE"}).replace('"HERE"', value)


def write(line: Line) -> dict[str, Any]:
    """Return what the journal would hold of what was read."""
    if isinstance(line, Ending):
        return {"name": line.name, "attempt": line.attempt, "outcome": line.outcome}
    if isinstance(line, MailHandover):
        return {"mail": str(line.name), "attempt": line.attempt}
    return {"letter": asdict(line.letter), "name": line.name, "attempt": line.attempt}


def check(texts: list[str]) -> None:
    """Read lines between whole ones, and join all as a replay does."""
    found = list(read_handovers([*JOURNAL, *texts, *JOURNAL]))
    whole = list(read_handovers(JOURNAL))

    assert len(found) == 2 * len(JOURNAL) + len([text for text in texts if text.strip()])
    assert found[: len(whole)] == found[-len(whole) :] == whole
    assert None not in whole
    report = RestoreReport()
    assert "<x@petition.example>" in [sent.name for sent in join_lines(found, report)]
    assert MAIL in [str(sent.name) for sent in join_mails(found)]
    assert report.damaged == found.count(None)
    for line in found:
        if line is not None:
            again = json.dumps({"at": line.at.isoformat()} | write(line))
            assert list(read_handovers([again])) == [line]


@given(st.sampled_from(OUTER + INNER), ODD)
@example((2, "at"), '"2026-11-28T12:00:00"')
@example((2, "attempt"), "1e999")
@example((1, "name"), '["a"]')
@example((0, "attempt"), '"2"')
def test_a_line_with_another_value_in_a_field_stops_no_replay(
    place: tuple[int, str], value: str
) -> None:
    check([put(place, value)])


@given(
    st.sampled_from(JOURNAL),
    st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 3), st.text(max_size=3)),
        min_size=1,
        max_size=4,
    ),
)
def test_a_line_that_was_changed_stops_no_replay(
    text: str, changes: list[tuple[int, int, str]]
) -> None:
    for at, taken, given_ in changes:
        text = text[:at] + given_ + text[at + taken :]

    check(text.splitlines())


@given(st.lists(st.text(max_size=60), max_size=5))
def test_what_was_never_a_line_stops_no_replay(texts: list[str]) -> None:
    check(texts)


@given(
    st.from_regex(r"[a-z]{1,12}", fullmatch=True),
    st.integers(0, 10**18 - 1),
    st.lists(st.text("ABCDEFGH-0123456789", min_size=1), max_size=3).map(" ".join),
)
def test_the_name_of_a_mail_is_read_as_it_was_written(kind: str, number: int, about: str) -> None:
    name = MailName(kind, number, MARK, about)

    assert MailName.read(str(name)) == name


@pytest.mark.parametrize(
    "value", ['"2026-11-28T12:00:00"', "1e999", "[" * 5_000, '"\\u0000"', "9" * 30]
)
def test_a_start_passes_over_a_damaged_line(context: AppContext, value: str) -> None:
    for place in ((0, "at"), (0, "code"), (0, "number"), (2, "mail"), (2, "attempt"), (3, "name")):
        append_line(find_log(), put(place, value))

    report = replay_own_handovers()

    assert report.damaged + report.mails_away + len(report.unsure) >= 5
    assert report.mails == report.settled == report.raised == 0
    assert db.session.query(Mail).count() == 0


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6), st.binary(max_size=30))
def test_lines_that_are_kept_are_kept_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], torn: bytes
) -> None:
    path = tmp_path_factory.mktemp("journal") / "lines.log"
    lines = [json.dumps(text) for text in texts]
    for line in lines:
        append_line(path, line, flush=False)
    with path.open("ab") as file:
        file.write(torn)
    append_line(path, '"last"', flush=False)
    before = path.read_bytes()

    dropped = drop_lines(path, lambda line: line == lines[0])

    assert dropped == lines.count(lines[0]) + torn.splitlines().count(lines[0].encode())
    assert path.read_bytes().endswith(b'"last"\n')
    assert len(before) - len(path.read_bytes()) == dropped * (len(lines[0].encode()) + 1)
    assert [line for line in read_lines(path) if line in lines or line == '"last"'][-1] == '"last"'
