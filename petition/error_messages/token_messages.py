"""Messages for partners about the tokens of their programs, in English."""

from collections.abc import Mapping

from petition.core.errors import ProblemCode
from petition.partners.tokens.token_problems import TokenProblem

TOKEN_MESSAGES: Mapping[ProblemCode, str] = {
    TokenProblem.NAME_MISSING: "Give it a name, such as the program that will use it.",
    TokenProblem.NAME_LONG: "A name has at most %(most)s characters.",
    TokenProblem.NO_SCOPE: "Choose what it may do.",
    TokenProblem.SCOPE_UNKNOWN: "One of these is nothing that a token can do.",
    TokenProblem.LIFE_LONG: "Choose between 1 and %(most)s days.",
    TokenProblem.MANY: "There are %(most)s tokens in force. Revoke one that is not used any more.",
    TokenProblem.NOT_FOUND: "There is no such token.",
    TokenProblem.ENDED: "This token has ended. Make a new one.",
    TokenProblem.REPLACED: "This token was replaced already.",
}
