"""One object store for the tests of a module, empty for each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from petition.core.content import bucket_store
from petition.core.content.bucket_store import BucketStore
from petition.core.content.content_kind import LETTERS
from petition.core.content.location import BucketLocation
from tests.core.content.servers import (
    BUCKET,
    KEY_ID,
    REGION,
    SECRET,
    BucketServer,
    Front,
    bucket_server,
    front,
)

PATIENCE = 1.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BucketServer]:
    with bucket_server(tmp_path_factory.mktemp("bucket")) as server:
        yield server


@pytest.fixture
def server(running: BucketServer, monkeypatch: pytest.MonkeyPatch) -> BucketServer:
    """The server with an empty bucket, which nothing has asked yet."""
    monkeypatch.setattr(bucket_store, "_probed", set())
    for path in Path(running.folder).iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return running


@pytest.fixture
def before(server: BucketServer) -> Iterator[Front]:
    """A front that passes everything on, until a test breaks it."""
    with front(server) as made:
        yield made


def locate(endpoint: str, bucket: str = BUCKET, secret: str = SECRET) -> BucketLocation:
    """Return the place below a prefix of the bucket."""
    return BucketLocation(endpoint, bucket, "service/one", REGION, KEY_ID, secret)


@pytest.fixture
def store(before: Front) -> BucketStore:
    """The store of letters behind the front."""
    return BucketStore(locate(before.endpoint), LETTERS, PATIENCE)
