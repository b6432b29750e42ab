"""Opens a boundary file of any kind that is read: shapefile or GeoJSON, zipped or not."""

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
    """Give the file's features; it is closed, and what was unpacked is gone, afterwards.

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
