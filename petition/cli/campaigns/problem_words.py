"""What is wrong with a campaign's file, in words: a line for each problem, by the file's key."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from petition.campaigns.problem_codes import DefinitionProblem, DefinitionRefused, FieldProblem
from petition.validation.printable import make_printable

LONGEST = 300  # characters of one line's parameter
TYPES: Mapping[str, str] = {
    "text": "a string",
    "integer": "a whole number",
    "boolean": "true or false",
    "number": "a number",
    "moment": "a date and time",
    "date": "a date without a time",
    "time": "a time without a date",
    "list": "a list",
    "table": "a table",
    "other": "something else",
}
GROUNDS: Mapping[str, str] = {"page": "the page's ground", "white": "white"}
WORDS: Mapping[str, str] = {
    DefinitionProblem.NOT_TOML: "not a TOML file in UTF-8: {detail}",
    DefinitionProblem.UNKNOWN_KEY: "no such key of a campaign; check its spelling",
    DefinitionProblem.REQUIRED: "it is missing; every campaign needs it",
    DefinitionProblem.WRONG_TYPE: "{expected} is expected; the file has {found}",
    DefinitionProblem.EMPTY: "it is empty; leave the key out, or fill it",
    DefinitionProblem.CONTROL_CHARACTER: "it has the character {found}, which no page can print",
    DefinitionProblem.LINE_BREAK: "one line is expected; the file has several",
    DefinitionProblem.TOO_LONG: "it has {found} characters; at most {most} are taken",
    DefinitionProblem.TOO_MANY: "it has {found} items; at most {most} are taken",
    DefinitionProblem.OUT_OF_RANGE: "from {least} to {most}",
    DefinitionProblem.NOT_ONE_OF: "one of {allowed}; the file has {found}",
    DefinitionProblem.REPEATED: "each once; the file has {found} again",
    DefinitionProblem.NO_LETTER: "a name that prints, with at least one letter",
    DefinitionProblem.NOT_SLUG: "only small letters, digits and single hyphens; it is in the URL",
    DefinitionProblem.NOT_URL: "the address of a page, as in https://example.org/bill",
    DefinitionProblem.NOT_EMAIL: (
        "an e-mail address, as in hello@example.org, without a name beside it"
    ),
    DefinitionProblem.NOT_ORIGIN: (
        "a website is written like https://group.example, without a path, other letters in its "
        "ASCII form (xn--); the file has {found}"
    ),
    DefinitionProblem.INSECURE_ORIGIN: "https is needed; the file has {found}",
    DefinitionProblem.NOT_COLOUR: "a colour as in #0b5a78; the file has {found}",
    DefinitionProblem.LOW_CONTRAST: (
        "{found} has a contrast of {contrast:.1f} with {ground}, and {needed} is needed for it to "
        "be read; choose a darker one"
    ),
    DefinitionProblem.NOT_RATE: 'write it like "20 per minute; 100 per hour"',
    DefinitionProblem.MERGE_FIELD_UNKNOWN: (
        "{{{{ {found} }}}} is no merge field here; these are: {allowed}"
    ),
    DefinitionProblem.MERGE_FIELD_NOT_TAKEN: "nothing is put in here; take the double braces out",
    DefinitionProblem.MERGE_FIELD_MISPLACED: (
        "a merge field cannot stand in the address of a link or behind a backslash"
    ),
    DefinitionProblem.MERGE_FIELD_OPEN: "a merge field is not closed near {near}",
    DefinitionProblem.NOT_COUNTED: "the campaign does not count by it; layers: {layers}",
    DefinitionProblem.NOT_AFTER: "it must come after {other}",
    DefinitionProblem.UNKNOWN_ORGANIZATION: (
        "there is no organization {found}; `petition partners create` makes one"
    ),
    DefinitionProblem.UNKNOWN_CAMPAIGN: "there is no campaign {found}",
    DefinitionProblem.OWN_SUCCESSOR: "a campaign does not follow itself",
    DefinitionProblem.TAKEN: "there is a campaign {found} already; choose another slug",
    DefinitionProblem.SIGNED: (
        "people have signed it as it stands; close this campaign and have another follow it "
        "(petition campaigns follow)"
    ),
}
# Parameters that are names of ours.
_NAMED: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    DefinitionProblem.WRONG_TYPE: {"expected": TYPES, "found": TYPES},
    DefinitionProblem.LOW_CONTRAST: {"ground": GROUNDS},
}


@contextmanager
def tell_problems() -> Iterator[None]:
    """Print the problems of a refused definition to standard error and exit with code 1."""
    try:
        yield
    except DefinitionRefused as refused:
        for problem in refused.problems:
            click.echo(describe_problem(problem), err=True)
        sys.exit(1)


def describe_problem(problem: FieldProblem) -> str:
    """Return one line: the key, what was expected and what to do."""
    params = {name: _spell(value) for name, value in problem.params.items()}
    for name, words in _NAMED.get(problem.code, {}).items():
        params[name] = words[problem.params[name]]
    line = WORDS[problem.code].format_map(params)
    if near := params.get("near") if problem.code == DefinitionProblem.UNKNOWN_KEY else "":
        line = f"{line}, as in {near}"
    return f"{_print(problem.field)}: {line}" if problem.field else line


def _spell(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(_print, value))
    if isinstance(value, str):
        return _print(value)
    return f"{value:,}" if isinstance(value, int) else value


def _print(text: str) -> str:
    """Return what a file says on one line, without what would move the cursor of a terminal."""
    return make_printable(text)[:LONGEST]
