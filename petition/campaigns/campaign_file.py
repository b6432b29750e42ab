"""Read the file that a campaign is made from: TOML in UTF-8, its keys a definition's fields."""

import tomllib
from pathlib import Path
from typing import Any

from petition.campaigns.problem_codes import DefinitionProblem, DefinitionRefused
from petition.core.errors import Problem


def read_campaign_file(path: Path) -> dict[str, Any]:
    """Return what the file says, by its keys; petition/campaigns/definition.py says what is good.

    - Raises DefinitionRefused where it is no TOML in UTF-8, or one that cannot be held.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        # ValueError is also a number of too many digits; RecursionError, lists nested too deep.
        params = {"detail": str(error)}
        raise DefinitionRefused([Problem(DefinitionProblem.NOT_TOML, params)]) from error
