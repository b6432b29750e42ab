"""What is said to operators of each key of a campaign's file: in English."""

from collections.abc import Mapping

from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import ProblemCode

DEFINITION_MESSAGES: Mapping[ProblemCode, str] = {
    DefinitionProblem.NOT_TOML: "not a TOML file in UTF-8: %(detail)s",
    DefinitionProblem.UNKNOWN_KEY: "no such key of a campaign; check its spelling",
    DefinitionProblem.REQUIRED: "it is missing; every campaign needs it",
    DefinitionProblem.WRONG_TYPE: "%(expected)s is expected; the file has %(found)s",
    DefinitionProblem.EMPTY: "it is empty; leave the key out, or fill it",
    DefinitionProblem.CONTROL_CHARACTER: "it has the character %(found)s, which no page can print",
    DefinitionProblem.LINE_BREAK: "one line is expected; the file has several",
    DefinitionProblem.TOO_LONG: "it has %(found)s characters; at most %(most)s are taken",
    DefinitionProblem.TOO_MANY: "it has %(found)s items; at most %(most)s are taken",
    DefinitionProblem.OUT_OF_RANGE: "from %(least)s to %(most)s",
    DefinitionProblem.NOT_ONE_OF: "one of %(allowed)s; the file has %(found)s",
    DefinitionProblem.REPEATED: "each once; the file has %(found)s again",
    DefinitionProblem.NO_LETTER: "a name that prints, with at least one letter",
    DefinitionProblem.NOT_SLUG: "only small letters, digits and single hyphens; it is in the URL",
    DefinitionProblem.NOT_URL: "the address of a page, as in https://example.org/bill",
    DefinitionProblem.NOT_EMAIL: (
        "an e-mail address, as in hello@example.org, without a name beside it"
    ),
    DefinitionProblem.NOT_ORIGIN: (
        "a website is written like https://group.example, without a path, other letters in its "
        "ASCII form (xn--); the file has %(found)s"
    ),
    DefinitionProblem.INSECURE_ORIGIN: "https is needed; the file has %(found)s",
    DefinitionProblem.NOT_COLOUR: "a colour as in #0b5a78; the file has %(found)s",
    DefinitionProblem.LOW_CONTRAST: (
        "%(found)s has a contrast of %(contrast)s with %(ground)s, and %(needed)s is needed for it "
        "to be read; choose a darker one"
    ),
    DefinitionProblem.NOT_RATE: 'write it like "20 per minute; 100 per hour"',
    DefinitionProblem.MERGE_FIELD_UNKNOWN: (
        "{{ %(found)s }} is no merge field here; these are: %(allowed)s"
    ),
    DefinitionProblem.MERGE_FIELD_NOT_TAKEN: "nothing is put in here; take the double braces out",
    DefinitionProblem.MERGE_FIELD_MISPLACED: (
        "a merge field cannot stand in the address of a link or behind a backslash"
    ),
    DefinitionProblem.MERGE_FIELD_OPEN: "a merge field is not closed near %(near)s",
    DefinitionProblem.NOT_COUNTED: "the campaign does not count by it; layers: %(layers)s",
    DefinitionProblem.NOT_AFTER: "it must come after %(other)s",
    DefinitionProblem.UNKNOWN_ORGANIZATION: (
        "there is no organization %(found)s; `petition partners create` makes one"
    ),
    DefinitionProblem.UNKNOWN_CAMPAIGN: "there is no campaign %(found)s",
    DefinitionProblem.OWN_SUCCESSOR: "a campaign does not follow itself",
    DefinitionProblem.SENTENCES: "write one sentence; offices read no more than that",
    DefinitionProblem.NOT_TELEPHONE: "a telephone number, as in (617) 555-0100",
    DefinitionProblem.NEEDS_BILL: (
        'a letter supports or opposes a bill: add bill_number, or write position = "ask"'
    ),
    DefinitionProblem.TAKEN: "there is a campaign %(found)s already; choose another slug",
    DefinitionProblem.SIGNED: (
        "people have signed it as it stands; close this campaign and have another follow it "
        "(petition campaigns follow)"
    ),
}
