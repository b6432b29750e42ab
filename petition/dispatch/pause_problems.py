"""The code of the refusal to resume letters."""

from petition.core.errors import ProblemCode, UserError


class PauseProblem(ProblemCode):
    """Why letters stay paused."""

    OF_SERVICE = "pause-of-service"


class PauseOfService(UserError):
    """It was set for the whole service, and a role for one campaign does not end it."""

    status = 403

    def __init__(self) -> None:
        super().__init__(PauseProblem.OF_SERVICE)
