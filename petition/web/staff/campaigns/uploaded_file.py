"""A campaign's TOML file that was uploaded: its definition, and what is wrong with it by line."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, request

from petition.campaigns.campaign_file import LARGEST_FILE, parse_campaign
from petition.campaigns.problem_codes import DefinitionRefused
from petition.core.errors import Problem
from petition.validation.printable import make_printable
from petition.web.forms import allow_long_form
from petition.web.portals.guards import is_signed_in
from petition.web.staff.campaigns.definition_words import add_lines, describe_definition

# Bytes of the form's own texts, beside a file.
BESIDE = 1_500_000
# A list of tables of lists is the deepest that any field has.
DEEPEST = 6
LARGEST_BITS = 128
LONG_FORMS = ("staff.make_campaign", "staff.save_campaign")


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """What a file says: ``told`` is None if it cannot be read at all; ``wrong`` by field."""

    name: str
    told: dict[str, Any] | None
    wrong: dict[str, str]


def init_app(app: Flask) -> None:
    """Let staff who are signed in send the longest definition, before any form is read."""
    for endpoint in LONG_FORMS:
        allow_long_form(app, endpoint, is_signed_in, body=LARGEST_FILE + BESIDE, texts=BESIDE)


def read_file(check: Callable[[dict[str, Any]], Iterable[Problem]]) -> UploadedFile:
    """Return the file of the request; nothing is stored. ``check``: finds its problems."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return UploadedFile("", None, {"file": "Choose a file first."})
    name = make_printable(upload.filename)[:100]
    content = upload.stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        words = f"The file has more than {LARGEST_FILE:,} bytes. Choose a shorter one."
        return UploadedFile(name, None, {"file": words})
    try:
        told = parse_campaign(content)
    except DefinitionRefused as refused:
        words = describe_definition(refused.problems).get("", "It is not a TOML file.")
        return UploadedFile(name, None, {"file": words})
    if not _is_plain(told):
        return UploadedFile(
            name, None, {"file": "It has nested lists or a number that a definition cannot have."}
        )
    problems = describe_definition(check(told))
    return UploadedFile(name, told, add_lines(problems, content.decode("utf-8")))


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Return whether a value can be shown: not nested deep, and without a number of many digits."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return depth < DEEPEST and all(_is_plain(one, depth + 1) for one in items)
    return not isinstance(value, int) or value.bit_length() <= LARGEST_BITS
