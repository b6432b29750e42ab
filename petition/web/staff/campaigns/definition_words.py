"""What is wrong with a campaign's definition, in words for who fills in its form."""

from collections.abc import Iterable, Mapping
from typing import Any

from petition.campaigns.campaign_file import find_line
from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem, ProblemCode
from petition.error_messages.description import describe
from petition.web.staff.campaigns.form_layout import (
    BILL_LABELS,
    CONTACT_LABELS,
    GUARD_LABELS,
    LABELS,
)

# Where those of the command speak of a file or of other commands.
WORDS: Mapping[ProblemCode, str] = {
    DefinitionProblem.REQUIRED: "Fill this in; every campaign needs it.",
    DefinitionProblem.EMPTY: "Enter text that can be printed.",
    DefinitionProblem.LINE_BREAK: "Write it on one line.",
    DefinitionProblem.NOT_ONE_OF: "Choose one from the list.",
    DefinitionProblem.REPEATED: "Enter each one once; %(found)s is there twice.",
    DefinitionProblem.NOT_ORIGIN: (
        "Write a website like https://group.example, without a path, not %(found)s."
    ),
    DefinitionProblem.INSECURE_ORIGIN: "Enter an address that begins with https://, not %(found)s.",
    DefinitionProblem.NOT_COLOUR: "Write a color like #0b5a78, not %(found)s.",
    DefinitionProblem.NOT_AFTER: "The end must come after the beginning.",
    DefinitionProblem.UNKNOWN_ORGANIZATION: "There is no organization %(found)s.",
    DefinitionProblem.UNKNOWN_CAMPAIGN: "There is no campaign %(found)s.",
    DefinitionProblem.UNKNOWN_KEY: "A campaign has no such field.",
    DefinitionProblem.NEEDS_BILL: (
        "A letter supports or opposes a bill: give its number, or let it ask for something else."
    ),
    DefinitionProblem.NOT_COUNTED: (
        "Signatures are not counted in these districts: check them above."
    ),
    DefinitionProblem.TAKEN: "A campaign %(found)s already exists; choose another name.",
    DefinitionProblem.SIGNED: (
        "People have signed this, so it does not change. Copy the campaign as its successor to ask"
        " for something else."
    ),
    DefinitionProblem.LOW_CONTRAST: (
        "%(found)s has a contrast of %(contrast)s with the background, and text needs %(needed)s"
        " to be readable. Choose a darker color."
    ),
}
TYPES = {
    "text": "Write text.",
    "integer": "Write a whole number.",
    "boolean": "Choose yes or no.",
    "moment": "Choose a day and a time that exist in the time zone.",
    "date": "Choose a day, such as 2027-03-01.",
    "list": "Write a list.",
    "table": "It must be a table.",
}


def describe_definition(problems: Iterable[Problem]) -> dict[str, str]:
    """Return what is wrong with each field, by the name that its problem has."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        words = _describe(problem)
        said = found.setdefault(problem.field, [])
        # A color is measured on each background; once is enough.
        if words not in said and not (said and problem.code == DefinitionProblem.LOW_CONTRAST):
            said.append(words)
    return {field: " ".join(said) for field, said in found.items()}


def name_field(field: str) -> str:
    """Return the label of a field or of a part of it, by the name that its problem has."""
    name, *parts = field.split(".")
    label = LABELS.get(name, name)
    key = parts[-1] if parts else ""
    if name == "bills" and parts and parts[0].isdigit():
        label = f"{label}, row {parts[0]}"
        return f"{label}, {BILL_LABELS[key].lower()}" if key in BILL_LABELS else label
    inner = {"guards": GUARD_LABELS, "contact": CONTACT_LABELS}.get(name, {})
    return f"{label}: {inner[key]}" if key in inner else label


def find_input(field: str) -> str:
    """Return the id of the input to which a problem leads."""
    name, *parts = field.split(".")
    if name in ("bills", "guards", "contact") and parts:
        return "-".join([name, *parts])
    return name


def add_lines(problems: Mapping[str, str], text: str) -> dict[str, str]:
    """Return the problems of an uploaded file, each with the line of its field."""
    found = {}
    for field, words in problems.items():
        line = find_line(text, field) if field else None
        found[field] = f"Line {line}: {words}" if line else words
    return found


def _describe(problem: Problem) -> str:
    code: Any = problem.code
    if code == DefinitionProblem.WRONG_TYPE:
        return TYPES.get(str(problem.params["expected"]), "Enter this in another form.")
    if code in WORDS:
        shown = {
            name: str(value)[:200] if isinstance(value, str) else value
            for name, value in problem.params.items()
        }
        return WORDS[code] % shown
    words = describe(problem)
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"
