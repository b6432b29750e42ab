"""A campaign's file: what is taken, and what is refused with the key and what to do."""

from typing import Any

import pytest

from petition.campaigns.campaign_file import read_campaign
from petition.campaigns.contrast import check_accent, measure_contrast
from petition.core.errors import ImportRefused
from petition.signing.prepared_message import is_prepared

LEAST: dict[str, Any] = {
    "slug": "library",
    "title": "Keep it open",
    "letter": "Please.",
    "organization": "Friends of Reading",
}


def test_the_least_a_campaign_needs() -> None:
    assert read_campaign(LEAST) == LEAST | {"layers": ["county"]}


def test_an_organizations_name_is_read_as_it_is_printed() -> None:
    typed = "\u200e350.org\u00a0 of Reading\ufeff"

    assert read_campaign(LEAST | {"organization": typed})["organization"] == "350.org of Reading"


def test_a_message_may_name_the_campaign_and_the_district() -> None:
    message = "I live in {{ district.name }} and ask for {{campaign.title}}."

    assert read_campaign(LEAST | {"message": message})["message"] == message


def test_who_receives_is_told_by_layer() -> None:
    row = read_campaign(
        LEAST | {"layers": ["sldu", "sldl"], "recipients": {"sldu": ["upper"], "sldl": ["lower"]}}
    )

    assert row["recipients"] == {"sldu": ["upper"], "sldl": ["lower"]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"titel": "x"}, "titel: no such key"),
        ({"title": "\u3164\u200b"}, "title: it is empty"),
        ({"organization": "\u2800"}, "organization: it is empty"),
        ({"organization": "350"}, "organization: a name that prints"),
        ({"organization": "x" * 151}, "organization: it has 151 characters"),
        ({"title": ""}, "title: it is empty"),
        ({"title": 3}, "title: a string is expected"),
        ({"slug": "No Slug"}, "slug: only small letters"),
        ({"step": 9}, "step: at least 10"),
        ({"step": True}, "step: a whole number is expected"),
        ({"layers": ["ward"]}, "layers: one or more of county"),
        ({"layers": ["county", "county"]}, "each once"),
        ({"layers": []}, "layers: one or more of"),
        ({"recipients": {"sldu": ["upper"]}}, "recipients.sldu: the campaign does not count by it"),
        ({"recipients": {"county": []}}, "recipients.county: one or more of upper"),
        ({"recipients": {"county": ["king"]}}, "recipients.county: one or more of upper"),
        ({"recent_shown": 51}, "recent_shown: a number from 0"),
        ({"comments": "some"}, "comments: one of reviewed, all, none"),
        ({"comments": True}, "comments: a string is expected"),
        ({"comment_wait": 73}, "comment_wait: hours from 0"),
        ({"comment_wait": -1}, "comment_wait: hours from 0"),
        ({"comment_wait": True}, "comment_wait: a whole number is expected"),
        ({"video_url": "javascript:alert(1)"}, "video_url: the address of a page"),
        ({"bill_url": "S.1234"}, "bill_url: the address of a page"),
        ({"message": "We are {{ count }}."}, "message: count is known in a letter only"),
        ({"accent": "red"}, "accent: a colour as in"),
        ({"accent": "#ffee00"}, "accent: #ffee00 has a contrast of"),
        ({"confirm_email": "yes"}, "confirm_email: true or false is expected"),
        ({"opens_at": "soon"}, "opens_at: a date and time is expected"),
    ],
)
def test_what_is_wrong_is_refused_by_its_key(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_campaign(LEAST | changes)

    assert words in str(refused.value)


@pytest.mark.parametrize("key", LEAST)
def test_what_is_required_and_missing_is_named(key: str) -> None:
    with pytest.raises(ImportRefused, match=f"{key}: "):
        read_campaign({name: value for name, value in LEAST.items() if name != key})


def test_contrast_is_measured_as_wcag_does() -> None:
    assert measure_contrast("#000000", "#ffffff") == pytest.approx(21)
    assert measure_contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert check_accent(" #0B5A78 ") == "#0b5a78"


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
