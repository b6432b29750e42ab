"""Labels of districts and the last parts of division ids, brought to one spelling."""

import pytest

from petition.officials.rosters.state_labels import list_spellings, spell_label, spell_ordinal

ROOT = "ocd-division/country:us/state:xx"


@pytest.mark.parametrize(
    ("label", "division"),
    [
        ("Second Essex and Middlesex", "sldu:2nd_essex_and_middlesex"),
        ("7th Hampden", "sldl:7th_hampden"),
        (
            "Berkshire, Hampden, Franklin and Hampshire",
            "sldu:berkshire_hampden_franklin_and_hampshire",
        ),
        ("12", "sldl:12"),
        ("012", "sldl:12"),
        ("A", "sldu:a"),
        ("26A", "sldl:26a"),
        ("Addison-1", "sldl:addison-1"),
        ("Addison 1", "sldl:addison-1"),
        ("Chittenden-Grand Isle", "sldu:chittenden-grand_isle"),
        ("Twentieth Middlesex", "sldl:20th_middlesex"),
        ("Twenty-First Middlesex", "sldl:21st_middlesex"),
        ("Thirty-Second Middlesex", "sldl:32nd_middlesex"),
        ("Ward 1", "ward:1"),
        ("Cape & Islands", "sldu:cape_and_islands"),
    ],
)
def test_a_label_is_told_by_rule(label: str, division: str) -> None:
    assert spell_label(label) in list_spellings(f"{ROOT}/{division}")


@pytest.mark.parametrize(
    ("label", "division"),
    [
        ("First Essex", "sldu:1st_essex_and_middlesex"),
        ("Second Essex", "sldu:1st_essex"),
        ("1", "sldl:10"),
        ("Addison-1", "sldl:addison-2"),
        ("Twenty Mile", "sldl:20th_mile"),
    ],
)
def test_another_label_is_another_district(label: str, division: str) -> None:
    assert spell_label(label) not in list_spellings(f"{ROOT}/{division}")


def test_ordinals_are_spelled_as_in_division_ids() -> None:
    numbers = (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 111)

    assert [spell_ordinal(number) for number in numbers] == (
        "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 30th 111th".split()
    )
