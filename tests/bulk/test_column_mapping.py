"""Which column is which field."""

import pytest

from petition.bulk.column_mapping import map_columns
from petition.core.errors import ImportRefused

PLAIN = {"given_name": "First Name", "email": "E-mail", "postal_code": "ZIP"}


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (
            ("First Name", "Last Name", "E-mail", "ZIP Code", "Phone"),
            {"given_name", "family_name", "email", "postal_code"},
        ),
        (
            (
                "given_name",
                "family_name",
                "email_addresses[0].address",
                "postal_addresses.0.postal_code",
            ),
            {"given_name", "family_name", "email", "postal_code"},
        ),
        (
            ("first_name", "last_name", "email", "zip_code", "city", "state", "street_address"),
            {
                *("given_name", "family_name", "email", "postal_code"),
                *("locality", "region", "street_address"),
            },
        ),
        (
            ("Name", "EMAIL", "Zip", "consent_updates_mainstreet"),
            {"given_name", "email", "postal_code", "consent_updates_mainstreet"},
        ),
        (
            ("Signed On", "signer", "e mail", "zip5"),
            {"signed_at", "given_name", "email", "postal_code"},
        ),
    ],
)
def test_headings_of_many_programs_are_known(headings: tuple[str, ...], expected: set[str]) -> None:
    assert set(map_columns(headings, {}).columns) == expected


def test_what_is_not_read_is_said() -> None:
    assert map_columns((*PLAIN.values(), "Phone", ""), {}).unused == ("Phone", "")


def test_a_chosen_column_goes_before_what_is_found() -> None:
    mapping = map_columns((*PLAIN.values(), "Home ZIP"), {"postal_code": "Home ZIP"})

    assert mapping.describe()["postal_code"] == "Home ZIP"
    assert mapping.unused == ("ZIP",)


def test_a_chosen_column_is_no_other_field() -> None:
    mapping = map_columns(
        ("First", "Name", "Email", "Zip"), {"family_name": "Name", "given_name": "First"}
    )

    assert mapping.describe() == {
        "family_name": "Name",
        "given_name": "First",
        "email": "Email",
        "postal_code": "Zip",
    }


@pytest.mark.parametrize(
    ("headings", "chosen", "said"),
    [
        (("First Name", "ZIP"), {}, "email: no column"),
        (("Email", "ZIP"), {}, "given_name: no column has names"),
        (("Name", "Email"), {}, "postal_code: no column"),
        (("Name", "Email", "E-mail", "ZIP"), {}, "could be it"),
        (("Name", "Email", "ZIP", "ZIP "), {"postal_code": "Zip"}, "no column has this heading"),
        (("Name", "Email", "ZIP", "ZIP"), {"postal_code": "ZIP"}, "2 columns have this heading"),
        (("Name", "Email", "ZIP"), {"telephone": "Name"}, "no such field"),
    ],
)
def test_a_mapping_that_cannot_be_says_why(
    headings: tuple[str, ...], chosen: dict[str, str], said: str
) -> None:
    with pytest.raises(ImportRefused, match=said):
        map_columns(headings, chosen)
