"""Reads the file of a campaign: TOML in UTF-8, whose keys are the fields of a definition."""

import tomllib
from pathlib import Path
from typing import Any

from petition.campaigns.problem_codes import DefinitionProblem, DefinitionRefused
from petition.core.errors import Problem


def read_campaign_file(path: Path) -> dict[str, Any]:
    """Return the file's values by key, unchecked: see petition/campaigns/definition.py.

    - Raises DefinitionRefused if it is not TOML in UTF-8, or too large or nested to be parsed.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        # ValueError: also a number with too many digits; RecursionError: lists nested too deep.
        params = {"detail": str(error)}
        raise DefinitionRefused([Problem(DefinitionProblem.NOT_TOML, params)]) from error
