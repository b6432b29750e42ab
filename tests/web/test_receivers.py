"""Who receives a letter, and how districts are found, in words."""

import pytest

from petition.geocoding import Precision
from petition.locating.outcomes import FoundBy, ReviewReason
from petition.models import Campaign, Layer, PostRole
from petition.web.public.pages.recipient_names import (
    LAWMAKERS,
    ROLES,
    join_words,
    name_districts,
    name_receivers,
    needs_street,
)
from petition.web.wording.review_texts import REASONS, explain_review, tell_found


@pytest.mark.parametrize(
    ("layers", "recipients", "words"),
    [
        (["county"], {}, "the lawmakers of your county"),
        (["sldu", "sldl"], {}, "your state senator and your state representative"),
        (
            ["sldu", "sldl", "cd"],
            {},
            "your state senator, your state representative and your representative in Congress",
        ),
        (["place"], {"place": ["mayor"]}, "your mayor"),
        (
            ["place", "county"],
            {"place": ["mayor", "council"], "county": ["board"]},
            "your mayor, the council of your city or town and the board of your county",
        ),
        (["sldu", "sldl"], {"sldu": ["upper"], "sldl": ["upper"]}, "your state senator"),
        (["cd"], {"cd": ["sen", "rep"]}, "your U.S. senators and your representative in Congress"),
    ],
)
def test_the_receivers_are_named_by_layer_and_role(
    layers: list[str], recipients: dict[str, list[str]], words: str
) -> None:
    assert name_receivers(Campaign(layers=layers, recipients=recipients)) == words


def test_every_role_and_layer_has_words() -> None:
    assert set(ROLES) == set(PostRole)
    assert set(LAWMAKERS) < set(Layer)
    for layer in Layer:
        assert name_receivers(Campaign(layers=[layer], recipients={}))


def test_words_are_joined_as_people_join_them() -> None:
    assert [join_words(list(words)) for words in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert name_districts(["sldu", "cd"]) == "state senate district and congressional district"


def test_a_street_is_needed_for_anything_finer_than_a_county() -> None:
    assert not needs_street(["county"])
    assert needs_street(["county", "sldl"])


def test_every_reason_for_review_has_words_for_staff_and_for_the_signer() -> None:
    assert set(REASONS) == set(ReviewReason)
    for reason in [*ReviewReason, "", "of next year"]:
        words = explain_review(reason)
        assert words.short and words.staff.endswith(".") and words.signer.endswith(".")


@pytest.mark.parametrize(
    ("found_by", "precision", "words"),
    [
        (FoundBy.POLYGON, Precision.ROOFTOP, "based on your address"),
        (FoundBy.POLYGON, None, "based on your address"),
        (FoundBy.POLYGON, Precision.POSTAL, "based on your ZIP code"),
        (FoundBy.POLYGON, Precision.LOCALITY, "based on your town"),
        (FoundBy.POSTAL_COUNTY, Precision.POSTAL, "based on your ZIP code"),
        (FoundBy.POSTAL_AREA, Precision.POSTAL, "based on your ZIP code"),
        (FoundBy.AT_LARGE, Precision.POSTAL, "your state has one district"),
        (FoundBy.STAFF, None, "decided by our staff"),
    ],
)
def test_how_a_district_was_found_is_told_as_it_was(
    found_by: FoundBy, precision: Precision | None, words: str
) -> None:
    assert tell_found(found_by, precision) == words
