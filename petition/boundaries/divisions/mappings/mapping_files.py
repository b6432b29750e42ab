"""Read a mapping of either kind."""

from pathlib import Path

from petition.boundaries.divisions.mappings.civicdata import read_civicdata
from petition.boundaries.divisions.mappings.mapping import IdMapping
from petition.boundaries.divisions.mappings.openstates import read_openstates
from petition.core.errors import ImportRefused


def read_mapping(path: Path) -> IdMapping:
    """Return the mapping in a file: YAML of OpenStates, or CSV of Open Civic Data.

    - Raises ImportRefused for any other.
    """
    suffix = path.suffix.lower()
    if suffix in (".yml", ".yaml"):
        return read_openstates(path)
    if suffix == ".csv":
        return read_civicdata(path)
    raise ImportRefused(
        f"{path.name}: expected a mapping of division ids: OpenStates' .yml of a state or a .csv "
        "of Open Civic Data"
    )
