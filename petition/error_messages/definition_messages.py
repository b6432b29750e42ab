"""Messages for operators about the keys of a campaign's file, in English."""

from collections.abc import Mapping

from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import ProblemCode

DEFINITION_MESSAGES: Mapping[ProblemCode, str] = {
    DefinitionProblem.NOT_TOML: "not a TOML file in UTF-8: %(detail)s",
    DefinitionProblem.UNKNOWN_KEY: "a campaign has no such key; check its spelling",
    DefinitionProblem.REQUIRED: "it is missing; every campaign needs it",
    DefinitionProblem.WRONG_TYPE: "it must be %(expected)s; the file has %(found)s",
    DefinitionProblem.EMPTY: "it is empty; fill it in, or leave the key out",
    DefinitionProblem.CONTROL_CHARACTER: (
        "it has the character %(found)s, which cannot be printed; remove it"
    ),
    DefinitionProblem.LINE_BREAK: "it must be one line; the file has several",
    DefinitionProblem.TOO_LONG: "it has %(found)s characters; shorten it to at most %(most)s",
    DefinitionProblem.TOO_MANY: "it has %(found)s items; give at most %(most)s",
    DefinitionProblem.OUT_OF_RANGE: "it must be from %(least)s to %(most)s",
    DefinitionProblem.NOT_ONE_OF: "it must be one of %(allowed)s; the file has %(found)s",
    DefinitionProblem.REPEATED: "list each one once; the file has %(found)s twice",
    DefinitionProblem.NO_LETTER: "it must be a printable name with at least one letter",
    DefinitionProblem.NOT_SLUG: (
        "use only lowercase letters, digits and single hyphens; it is part of the URL"
    ),
    DefinitionProblem.NOT_URL: "it must be the address of a page, such as https://example.org/bill",
    DefinitionProblem.NOT_EMAIL: (
        "it must be an e-mail address, such as hello@example.org, without a name next to it"
    ),
    DefinitionProblem.NOT_ORIGIN: (
        "write a website like https://group.example, without a path and with letters outside "
        "ASCII in their xn-- form; the file has %(found)s"
    ),
    DefinitionProblem.INSECURE_ORIGIN: "it must begin with https://; the file has %(found)s",
    DefinitionProblem.NOT_COLOUR: "it must be a color such as #0b5a78; the file has %(found)s",
    DefinitionProblem.LOW_CONTRAST: (
        "%(found)s has a contrast of %(contrast)s with %(ground)s, and text needs %(needed)s to "
        "be readable; choose a darker color"
    ),
    DefinitionProblem.NOT_RATE: 'write it like "20 per minute; 100 per hour"',
    DefinitionProblem.MERGE_FIELD_UNKNOWN: (
        "{{ %(found)s }} is not a merge field here; use one of these: %(allowed)s"
    ),
    DefinitionProblem.MERGE_FIELD_NOT_TAKEN: (
        "merge fields are not used here; remove the double braces"
    ),
    DefinitionProblem.MERGE_FIELD_MISPLACED: (
        "a merge field cannot be in the address of a link or after a backslash"
    ),
    DefinitionProblem.MERGE_FIELD_OPEN: (
        "a merge field is not closed near %(near)s; add the double braces"
    ),
    DefinitionProblem.NOT_COUNTED: (
        "the campaign does not count by this layer; its layers are: %(layers)s"
    ),
    DefinitionProblem.NOT_AFTER: "it must come after %(other)s",
    DefinitionProblem.UNKNOWN_ORGANIZATION: (
        "there is no organization %(found)s; create it with `petition partners create`"
    ),
    DefinitionProblem.UNKNOWN_CAMPAIGN: "there is no campaign %(found)s; check its slug",
    DefinitionProblem.OWN_SUCCESSOR: "a campaign cannot follow itself",
    DefinitionProblem.SENTENCES: "write one sentence; offices read no more than that",
    DefinitionProblem.NOT_TELEPHONE: "it must be a telephone number, such as (617) 555-0100",
    DefinitionProblem.NEEDS_BILL: (
        'a letter supports or opposes a bill: add bill_number, or write position = "ask"'
    ),
    DefinitionProblem.TAKEN: "a campaign %(found)s already exists; choose another slug",
    DefinitionProblem.SIGNED: (
        "people have already signed this text; close the campaign and have another one follow it "
        "(petition campaigns follow)"
    ),
}
