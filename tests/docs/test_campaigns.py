"""docs/campaigns.md and what `petition campaigns create` takes say the same."""

import re
import tomllib
from typing import Any

import pytest

from petition.campaigns.lifecycle import MERGED, create_campaign
from petition.core.errors import ImportRefused
from petition.letters.merge import MERGE_FIELDS, check_merge_fields
from petition.models import Campaign
from tests.docs.pages import DOCS, read_table, unquote

PAGE = DOCS / "campaigns.md"
DOCUMENTED = {unquote(row[0]): row for row in read_table(PAGE, "key")}


def is_known(key: str) -> bool:
    """Whether a campaign's file may hold the key; its value is wrong, so nothing is stored."""
    wrong: Any = object()
    with pytest.raises(ImportRefused) as refused:
        create_campaign({key: wrong}, check_merge_fields)
    return "no such key" not in str(refused.value)


def test_every_key_that_is_taken_is_documented_and_no_other() -> None:
    columns = set(Campaign.__table__.columns.keys())

    assert set(DOCUMENTED) == {key for key in columns | set(DOCUMENTED) if key and is_known(key)}


def test_every_merge_field_is_documented_and_no_other() -> None:
    fields = {unquote(row[0]) for row in read_table(PAGE, "field")}

    assert fields == set(MERGE_FIELDS)


def test_the_example_has_what_is_required_and_nothing_unknown() -> None:
    match = re.search(r"```toml\n(.+?)```", PAGE.read_text("utf-8"), re.S)
    assert match
    values = tomllib.loads(match[1])

    required = {key for key, row in DOCUMENTED.items() if row[2] == "required"}
    assert required <= set(values) <= set(DOCUMENTED)
    for key in MERGED:
        check_merge_fields(values.get(key, ""))
