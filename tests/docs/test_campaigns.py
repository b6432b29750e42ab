"""docs/campaigns.md and what `petition campaigns create` takes say the same."""

import re
import tomllib

from petition.campaigns.definition import FIELDS, read_definition
from petition.letters.merge import MERGE_FIELDS, find_merge_problem
from tests.docs.pages import DOCS, read_table, unquote

PAGE = DOCS / "campaigns.md"
DOCUMENTED = {unquote(row[0]): row for row in read_table(PAGE, "key")}


def test_every_key_that_is_taken_is_documented_and_no_other() -> None:
    assert set(DOCUMENTED) == set(FIELDS)


def test_the_keys_that_are_required_are_documented_so() -> None:
    assert {key for key, row in DOCUMENTED.items() if row[2] == "required"} == {
        key for key, field in FIELDS.items() if field.required
    }


def test_every_merge_field_is_documented_and_no_other() -> None:
    fields = {unquote(row[0]) for row in read_table(PAGE, "field")}

    assert fields == set(MERGE_FIELDS)


def test_the_example_is_a_definition_without_problems() -> None:
    match = re.search(r"```toml\n(.+?)```", PAGE.read_text("utf-8"), re.S)
    assert match
    values = tomllib.loads(match[1])

    assert read_definition(values, find_merge_problem).problems == ()
