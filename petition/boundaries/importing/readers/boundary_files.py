"""Open a boundary file of any supported kind: shapefile or GeoJSON, zipped or not."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from petition.boundaries.importing.readers.archive import open_parts
from petition.boundaries.importing.readers.features import BoundaryFile
from petition.boundaries.importing.readers.geojson import read_geojson
from petition.boundaries.importing.readers.shapefile import read_shapefile
from petition.core.errors import ImportRefused


@contextmanager
def open_boundary_file(path: Path) -> Iterator[BoundaryFile]:
    """Yield the opened file; afterwards it is closed, and unpacked parts are deleted.

    - Raises ImportRefused with file, row, what was expected and what to do.
    """
    with ExitStack() as stack:
        try:
            parts = stack.enter_context(open_parts(path))
            read = read_geojson if ".geojson" in parts else read_shapefile
            file = read(path.name, parts)
        except OSError as error:
            problem = error.strerror or type(error).__name__
            raise ImportRefused(f"{path.name}: cannot be read ({problem})") from error
        yield file
