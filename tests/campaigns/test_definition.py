"""A campaign's definition: what is taken, and every problem by its field, code and parameters."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from petition.campaigns.contrast import measure_contrast
from petition.campaigns.definition import ATTRIBUTES, FIELDS, LANGUAGES, read_definition
from petition.campaigns.lifecycle import create_campaign, update_campaign
from petition.campaigns.problem_codes import DefinitionProblem, DefinitionRefused
from petition.campaigns.versions.definition_text import read_stored, write_definition
from petition.campaigns.versions.version_list import read_version
from petition.core.errors import Problem
from petition.core.extensions import db, transaction
from petition.letters.letter_wording import WORDINGS
from petition.letters.merge import find_merge_problem
from petition.mail import make_address
from petition.models import Campaign, Organization
from petition.models.campaigns.campaign import SLUG_LIMIT
from petition.signing.prepared_message import is_prepared

LEAST: dict[str, Any] = {
    "slug": "library",
    "title": "Keep it open",
    "letter": "Please.",
    "organization": "Friends of Reading",
}
_numbers = count(1)
NOON = datetime(2027, 1, 10, 12, tzinfo=UTC)


def read(**changes: Any) -> dict[str, Any]:
    """Return the values of a definition that has nothing wrong with it."""
    definition = read_definition(LEAST | changes, find_merge_problem)
    assert definition.problems == ()
    return definition.values


def find(told: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with a definition."""
    return list(read_definition(told, find_merge_problem).problems)


def test_the_least_a_campaign_needs() -> None:
    assert read() == LEAST | {"organization": ["Friends of Reading"], "layers": ["county"]}


def test_an_organizations_name_is_read_as_it_is_printed() -> None:
    typed = "\u200e350.org\u00a0 of Reading\ufeff"

    assert read(organization=typed)["organization"] == ["350.org of Reading"]


def test_a_message_may_name_the_campaign_and_the_district() -> None:
    message = "I live in {{ district.name }} and ask for {{campaign.title}}."

    assert read(message=message)["message"] == message


def test_who_receives_is_told_by_layer() -> None:
    recipients = {"sldu": ["upper"], "sldl": ["lower"]}

    assert read(layers=["sldu", "sldl"], recipients=recipients)["recipients"] == recipients


def test_a_moment_is_kept_in_utc_and_one_without_a_zone_is_in_utc() -> None:
    east = timezone(timedelta(hours=-5))

    assert read(opens_at=datetime(2027, 1, 10, 7, tzinfo=east))["opens_at"] == NOON
    assert read(opens_at=NOON.replace(tzinfo=None))["opens_at"] == NOON


def test_the_languages_are_those_that_letters_have_words_in() -> None:
    assert set(LANGUAGES) == set(WORDINGS)
    assert read(language="es-MX")["language"] == "es-MX"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"titel": "x"}, "titel", "unknown-key"),
        ({"title": "\u3164\u200b"}, "title", "empty"),
        ({"title": ""}, "title", "empty"),
        ({"title": 3}, "title", "wrong-type"),
        ({"title": "x" * 301}, "title", "too-long"),
        ({"title": "Two\nlines"}, "title", "line-break"),
        ({"title": "Bell\x07"}, "title", "control-character"),
        ({"letter": "Nothing\x00"}, "letter", "control-character"),
        ({"letter": "Half of a pair \ud83d"}, "letter", "control-character"),
        ({"letter": "Turned \u202e"}, "letter", "control-character"),
        ({"letter": "Next line \x85"}, "letter", "control-character"),
        ({"letter": "We are {{ nobody }}."}, "letter", "merge-field-unknown"),
        ({"letter": "[us](https://{{ count }})"}, "letter", "merge-field-misplaced"),
        ({"closing": "With {{ count"}, "closing", "merge-field-open"),
        ({"issues": "{{ count }}"}, "issues", "merge-field-not-taken"),
        ({"message": "We are {{ count }}."}, "message", "merge-field-unknown"),
        ({"organization": "\u2800"}, "organization", "empty"),
        ({"organization": "350"}, "organization", "no-letter"),
        ({"organization": "x" * 151}, "organization", "too-long"),
        ({"organization": "A\x00"}, "organization", "control-character"),
        ({"organization": 350}, "organization", "wrong-type"),
        ({"organization": []}, "organization", "empty"),
        ({"organization": ["A", ["B"]]}, "organization.2", "wrong-type"),
        ({"organization": ["A", "A\u200b"]}, "organization", "repeated"),
        ({"organization": ["A"] * 6}, "organization", "too-many"),
        ({"slug": "No Slug"}, "slug", "not-slug"),
        ({"slug": "x" * (SLUG_LIMIT + 1)}, "slug", "too-long"),
        ({"successor": "library"}, "successor", "own-successor"),
        ({"language": "Klingon"}, "language", "not-one-of"),
        ({"language": "es_MX"}, "language", "not-one-of"),
        ({"language": "en-\x00"}, "language", "not-one-of"),
        ({"step": 9}, "step", "out-of-range"),
        ({"step": 2**40}, "step", "out-of-range"),
        ({"step": 10**5000}, "step", "out-of-range"),
        ({"step": True}, "step", "wrong-type"),
        ({"step": 100.0}, "step", "wrong-type"),
        ({"layers": ["ward"]}, "layers", "not-one-of"),
        ({"layers": [["county"]]}, "layers", "not-one-of"),
        ({"layers": "county"}, "layers", "wrong-type"),
        ({"layers": ["county", "county"]}, "layers", "repeated"),
        ({"layers": ["county"] * 100}, "layers", "too-many"),
        ({"layers": []}, "layers", "empty"),
        ({"recipients": {"sldu": ["upper"]}}, "recipients.sldu", "not-counted"),
        ({"recipients": {"ward": ["upper"]}}, "recipients", "not-one-of"),
        ({"recipients": {"county": []}}, "recipients.county", "empty"),
        ({"recipients": {"county": ["king"]}}, "recipients.county", "not-one-of"),
        ({"recipients": {"county": [["board"]]}}, "recipients.county", "not-one-of"),
        ({"recipients": {"county": [{"board": 1}]}}, "recipients.county", "not-one-of"),
        ({"recipients": {"county": "board"}}, "recipients.county", "wrong-type"),
        ({"recipients": ["board"]}, "recipients", "wrong-type"),
        ({"recent_shown": 51}, "recent_shown", "out-of-range"),
        ({"comments": "some"}, "comments", "not-one-of"),
        ({"comments": True}, "comments", "wrong-type"),
        ({"comment_wait": 73}, "comment_wait", "out-of-range"),
        ({"comment_wait": -1}, "comment_wait", "out-of-range"),
        ({"comment_wait": True}, "comment_wait", "wrong-type"),
        ({"video_url": "javascript:alert(1)"}, "video_url", "not-url"),
        ({"bill_url": "S.1234"}, "bill_url", "not-url"),
        ({"bill_url": "https://[bad"}, "bill_url", "not-url"),
        ({"bill_url": "https://bill.example:99999"}, "bill_url", "not-url"),
        ({"bill_url": "https://bill.example/a b"}, "bill_url", "not-url"),
        ({"bill_url": "https://"}, "bill_url", "not-url"),
        ({"bill_session": "2027"}, "bill_number", "required"),
        ({"bills": {"number": "S.1"}}, "bills", "wrong-type"),
        ({"bills": ["S.1"]}, "bills.1", "wrong-type"),
        ({"bills": [{"url": "https://bill.example"}]}, "bills.1.number", "required"),
        ({"bills": [{"number": "S.1", "relation": "subject"}]}, "bills.1.relation", "not-one-of"),
        ({"bills": [{"number": "S.1", "name": "x"}]}, "bills.1", "not-one-of"),
        ({"bills": [{"number": "S.1"}, {"number": "S.1"}]}, "bills.2", "repeated"),
        ({"bills": [{"number": "S.1", "url": "https://[bad"}]}, "bills.1.url", "not-url"),
        ({"organization_email": "friends"}, "organization_email", "not-email"),
        ({"organization_email": "A <a@b.example>"}, "organization_email", "not-email"),
        ({"organization_email": "a@b.example, c@d.example"}, "organization_email", "not-email"),
        ({"organization_address": "12 Elm Street"}, "organization_address", "wrong-type"),
        ({"organization_address": ["12 Elm", {}]}, "organization_address.2", "wrong-type"),
        ({"organization_address": [""]}, "organization_address.1", "empty"),
        ({"logo": "No Logo"}, "logo", "not-slug"),
        ({"accent": "red"}, "accent", "not-colour"),
        ({"accent": ["#0b5a78"]}, "accent", "wrong-type"),
        ({"confirm_email": "yes"}, "confirm_email", "wrong-type"),
        ({"confirm_email": 1}, "confirm_email", "wrong-type"),
        ({"opens_at": "soon"}, "opens_at", "wrong-type"),
        ({"opens_at": date(2027, 1, 1)}, "opens_at", "wrong-type"),
        ({"opens_at": time(12)}, "opens_at", "wrong-type"),
        ({"opens_at": datetime.max}, "opens_at", "out-of-range"),
        ({"opens_at": NOON, "closes_at": NOON}, "closes_at", "not-after"),
        ({"guards": {"honeypot": "yes"}}, "guards.honeypot", "wrong-type"),
        ({"embed_origins": ["group.example"]}, "embed_origins", "not-origin"),
        ({"embed_origins": ["http://group.example"]}, "embed_origins", "insecure-origin"),
    ],
)
def test_what_is_wrong_is_one_problem_of_its_field(
    changes: dict[str, Any], field: str, code: str
) -> None:
    found = find(LEAST | changes)

    assert [(problem.field, problem.code) for problem in found] == [(field, code)]


def test_a_colour_is_measured_on_each_ground() -> None:
    found = find(LEAST | {"accent": "#ffee00"})

    assert {problem.code for problem in found} == {"low-contrast"}
    assert [problem.params["ground"] for problem in found] == ["page", "white"]


@pytest.mark.parametrize("key", LEAST)
def test_what_is_required_and_missing_is_named(key: str) -> None:
    found = find({name: value for name, value in LEAST.items() if name != key})

    assert found == [Problem(DefinitionProblem.REQUIRED, field=key)]


def test_all_problems_are_found_at_once() -> None:
    told = {"slug": "no", "letter": "{{", "layers": [], "step": 1, "closes_at": 3, "titel": "x"}

    found = [problem.field for problem in find(told)]

    assert found == ["title", "organization", "step", "layers", "closes_at", "titel", "letter"]


def test_an_unknown_key_comes_with_the_one_that_is_spelled_most_like_it() -> None:
    (found,) = find(LEAST | {"organisation_email": "x"})

    assert found.params == {"near": "organization_email"}


def test_contrast_is_measured_as_wcag_does() -> None:
    assert measure_contrast("#000000", "#ffffff") == pytest.approx(21)
    assert measure_contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert read(accent=" #0B5A78 ")["accent"] == "#0b5a78"


def test_what_the_database_does_not_know_is_a_problem_beside_the_others(app: Flask) -> None:
    told = LEAST | {"logo": "nobody", "successor": "nothing", "step": 1}
    with app.app_context(), pytest.raises(DefinitionRefused) as refused:
        create_campaign(told, find_merge_problem)

    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("step", "out-of-range"),
        ("logo", "unknown-organization"),
        ("successor", "unknown-campaign"),
    ]
    with app.app_context():
        assert db.session.scalars(select(Campaign)).all() == []


def test_a_slug_that_is_taken_is_a_problem_of_the_slug(app: Flask) -> None:
    with app.app_context():
        create_campaign(LEAST, find_merge_problem)
        with pytest.raises(DefinitionRefused) as refused:
            create_campaign(LEAST | {"step": 1}, find_merge_problem)

    assert refused.value.problems[-1] == Problem(
        DefinitionProblem.TAKEN, {"found": "library"}, "slug"
    )
    assert refused.value.problems[0].field == "step"


text = st.text(max_size=30)
scalars = (
    text
    | st.integers()
    | st.booleans()
    | st.floats()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates()
    | st.times()
)
trees = st.recursive(
    scalars | st.sampled_from(["county", "board", "en", "https://[bad", "{{ count }}", "off"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(text | st.sampled_from(["county", "honeypot"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(list(FIELDS)) | text, trees, max_size=8))
def test_whatever_is_told_gives_a_definition_or_problems(told: dict[str, Any]) -> None:
    found = read_definition(told, find_merge_problem)

    assert all(problem.code in list(DefinitionProblem) for problem in found.problems)
    assert found.problems or set(found.values) <= set(FIELDS)
    for name, field in FIELDS.items():
        if field.required and name not in found.values:
            assert name in {problem.field.partition(".")[0] for problem in found.problems}


# What may well be taken: of any script, with what is easily lost on the way to the database.
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "organization": words | st.lists(words, max_size=6),
    "slug": st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,9}", fullmatch=True),
    "language": st.sampled_from(["en", "es", "ES-mx", "en-Latn-US"]),
    "bill_url": st.just("https://bücher.example:8443/ä?q=%00#x") | words,
    "bills": st.lists(
        st.fixed_dictionaries(
            {"number": words},
            optional={
                "relation": st.sampled_from(["companion", "prior", "replaces"]),
                "session": words,
                "title": words,
            },
        ),
        max_size=3,
    ),
    "video_url": words.map(lambda path: f"https://film.example/{path}"),
    "organization_email": st.emails() | st.just("hello@bücher.example"),
    "organization_address": st.lists(words, max_size=4),
    "logo": st.just("known"),
    "successor": st.just("next"),
    "accent": st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True),
    "step": st.integers(10, 2_000_000),
    "recent_shown": st.integers(0, 60),
    "comments": st.sampled_from(["all", "none", "reviewed"]),
    "comment_wait": st.integers(0, 80),
    "layers": st.lists(st.sampled_from(["county", "sldu", "sldl", "cd"]), min_size=1, unique=True),
    "recipients": st.dictionaries(
        st.sampled_from(["county", "cd"]), st.lists(st.sampled_from(["board", "rep"]), unique=True)
    ),
    "confirm_email": st.booleans(),
    "confirm_after_close": st.booleans(),
    "guards": st.fixed_dictionaries(
        {},
        optional={
            "sign_limit": st.from_regex(
                r"[1-9][0-9]{0,9} per (day|hour|2 minutes)", fullmatch=True
            ),
            "minimum_seconds": st.integers(0, 60),
        },
    ),
    "embed_origins": st.lists(st.just("https://group.example:8443")),
    "opens_at": st.datetimes(timezones=st.none() | st.timezones()),
    "closes_at": st.datetimes(timezones=st.none() | st.timezones()),
}
likely = st.fixed_dictionaries(
    {name: LIKELY.get(name, words) for name, field in FIELDS.items() if field.required},
    optional={
        name: LIKELY.get(name, words) for name, field in FIELDS.items() if not field.required
    },
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(likely)
def test_whatever_a_definition_takes_can_be_stored_and_reads_the_same(
    app: Flask, told: dict[str, Any]
) -> None:
    """Wrong fields are left out, so that most of what is drawn gets as far as the database."""
    good = LEAST | told
    while wrong := {problem.field.partition(".")[0] for problem in find(good)}:
        if "bill_number" in wrong:  # which is wrong where these two stand alone
            wrong |= {"bill_jurisdiction", "bill_session"}
        good = LEAST | {name: value for name, value in good.items() if name not in wrong}
    # No campaign is ever deleted, so each one has a slug of its own.
    good["slug"] = f"{good['slug'][:80]}-{next(_numbers)}".replace("--", "-")
    with app.app_context():
        _make_known()
        number = create_campaign(good, find_merge_problem)
        db.session.remove()

        campaign = db.session.get_one(Campaign, number)
        expected = read_definition(good, find_merge_problem).values
        assert {name: getattr(campaign, ATTRIBUTES[name]) for name in expected} == expected
        db.session.remove()
        assert update_campaign(good, find_merge_problem, dry_run=True) == []
        stored = read_version(db.session(), number, 1)
        again = read_definition(stored, find_merge_problem)
        assert again.problems == ()
        kept = {name: value for name, value in expected.items() if value not in ([], {})}
        assert {name: again.values[name] for name in kept} == kept
        assert update_campaign(stored, find_merge_problem, dry_run=True) == []
        assert read_stored(write_definition(stored)) == stored
        if campaign.organization_email:
            make_address("", campaign.organization_email)


def _make_known() -> None:
    """Store what a definition may name."""
    with transaction() as session:
        if session.scalar(select(Organization.id)) is None:
            session.add(Organization(slug="known", name="Known"))
            session.flush()
            session.add(Campaign(**(LEAST | NEXT)))


NEXT = {"slug": "next", "layers": ["county"], "state": "draft", "created_at": NOON}


@pytest.mark.parametrize(
    ("comment", "prepared"),
    [
        ("I live in your county and ask you to act.", True),
        ("I live in  your\ncounty and ask you to act.", True),
        ("I live in Middlesex County and ask you to act.", True),
        ("I live in your county and ask you to act. Please.", False),
        ("Please.", False),
        ("", False),
    ],
)
def test_prepared_words_are_told_from_a_persons_own(comment: str, prepared: bool) -> None:
    message = "I live in {{ district.name }} and ask you to act."

    assert is_prepared(comment, message) is prepared
    assert is_prepared(comment, f"{message}\u200b \U0001f600") is prepared
    assert not is_prepared(comment, "")
