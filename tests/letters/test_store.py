"""The store: a letter is there whole under its hash, or it is not there."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from petition.core.errors import StorageCorrupt, StorageUnavailable
from tests.letter_store import LetterStore
from tests.letters.samples import list_files

PDF = b"%PDF-1.7 " + b"x" * 50_000
SHA256 = hashlib.sha256(PDF).hexdigest()
PLACE = f"{SHA256[:2]}/{SHA256[2:4]}/{SHA256}.pdf"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> LetterStore:
    return LetterStore(tmp_path / "letters")


def put_once(root: Path) -> str:
    """What each process of the race does."""
    return LetterStore(root).put(PDF)


def test_a_letter_is_found_again_by_its_hash(store: LetterStore) -> None:
    sha256 = store.put(PDF)

    assert sha256 == SHA256
    assert store.read(sha256) == PDF
    assert store.path(sha256) == store.root / PLACE
    assert list_files(store.root) == [PLACE]


def test_putting_it_again_changes_nothing(store: LetterStore) -> None:
    store.put(PDF)
    before = store.path(SHA256).stat()

    store.put(PDF)

    after = store.path(SHA256).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_many_processes_may_put_the_same_letter_at_once(store: LetterStore) -> None:
    with ProcessPoolExecutor(4) as pool:
        hashes = set(pool.map(put_once, [store.root] * 40))

    assert hashes == {SHA256}
    assert list_files(store.root) == [PLACE]


def test_a_damaged_letter_is_never_handed_out_and_can_be_put_again(store: LetterStore) -> None:
    store.put(PDF)
    store.path(SHA256).write_bytes(PDF[:-1] + b"y")

    with pytest.raises(StorageCorrupt):
        store.read(SHA256)

    store.put(PDF)
    assert store.read(SHA256) == PDF


def test_a_letter_that_is_not_there_is_unavailable(store: LetterStore) -> None:
    with pytest.raises(StorageUnavailable):
        store.read(SHA256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", SHA256.upper(), SHA256 + "0", "é" * 64])
def test_only_a_hash_names_a_letter(store: LetterStore, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.read(name)


def test_a_full_disk_leaves_nothing_and_says_so(store: LetterStore) -> None:
    # The kernel itself refuses the write halfway: no file of this process may exceed 20,000 bytes.
    script = f"""
import resource
from pathlib import Path
from petition.core.errors import StorageUnavailable
from tests.letter_store import LetterStore
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    LetterStore(Path({str(store.root)!r})).put(b"%PDF" + b"x" * 200_000)
except StorageUnavailable as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "File too large" in done.stdout
    assert list_files(store.root) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_late_leaves_nothing_either(
    store: LetterStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store.put(b"%PDF another")  # its folders are there

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(StorageUnavailable, match="No space left"):
        store.put(PDF)

    assert PLACE not in list_files(store.root)
    assert len(list_files(store.root)) == 1


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("a file stands in the way")

    with pytest.raises(StorageUnavailable):
        LetterStore(tmp_path / "letters").put(PDF)


def test_a_process_killed_while_it_writes_leaves_no_letter(store: LetterStore) -> None:
    script = f"""
import os, time
from pathlib import Path
from tests.letter_store import LetterStore
sync = os.fsync
def hang(handle):
    if os.fstat(handle).st_size > 20_000 and not os.path.isdir(f"/proc/self/fd/{{handle}}"):
        print("written", flush=True)
        time.sleep(60)
    sync(handle)
os.fsync = hang
LetterStore(Path({str(store.root)!r})).put(b"%PDF-1.7 " + b"x" * 50_000)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        process.send_signal(signal.SIGKILL)
    [leftover] = list_files(store.root)

    assert not store.path(SHA256).exists()
    assert store.sweep() == 0  # too young to be sure of
    os.utime(store.root / leftover, (time.time() - 7200,) * 2)
    assert store.sweep() == 1
    assert store.put(PDF) == SHA256
