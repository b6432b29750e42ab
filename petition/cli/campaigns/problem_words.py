"""What is wrong with a campaign's file, in words: a line for each problem, by the file's key."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from petition.campaigns.problem_codes import DefinitionProblem, DefinitionRefused
from petition.core.errors import Problem
from petition.error_messages.description import MESSAGES
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
GROUNDS: Mapping[str, str] = {"page": "the page's background", "white": "white"}
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


def describe_problem(problem: Problem) -> str:
    """Return one line: the key, what was expected and what to do."""
    params = {name: _spell(value) for name, value in problem.params.items()}
    for name, words in _NAMED.get(problem.code, {}).items():
        params[name] = words[str(problem.params[name])]
    line = str(MESSAGES[problem.code]) % params
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
