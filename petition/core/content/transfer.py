"""Copies all content of one kind from a store to another, checking each hash on both sides."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from petition.core.content.content_kind import StoredContent
from petition.core.content.stores import ContentStore
from petition.core.errors import ObjectStoreUnavailable, PetitionError, StorageCorrupt

# At ten milliseconds per request one thread copies about 40 letters a second.
THREADS = 8
# Consecutive files that fail because a store is unavailable, after which the copy ends: the rest
# would fail as well, each after its patience.
LEAVE_OFF_AFTER = 10


@dataclass(slots=True)
class CopyReport:
    """The result of a copy in numbers of files; ``size`` in bytes.

    - ``there``: existed already, undamaged. ``mended``: existed, damaged, and were replaced.
    - ``failed``: the hash of each that was not copied, with the cause.
    - ``left_off``: the copy ended early, since a store was unavailable.
    """

    total: int = 0
    copied: int = 0
    there: int = 0
    mended: int = 0
    size: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    left_off: bool = False


def copy_content(
    source: ContentStore,
    target: ContentStore,
    *,
    dry_run: bool = False,
    check_there: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CopyReport:
    """Copy the files that the target lacks; read and check the others if ``check_there`` is set.

    - May be repeated after it was stopped, and may run beside the service. Removes nothing.
    - ``progress`` is called with the number of files done and of all.
    - Raises StorageUnavailable if either store cannot be listed, ConfigurationError if the target
      is refused.
    """
    if not dry_run:
        target.probe()
    report = CopyReport()
    there = {one.sha256 for one in target.list_content()}
    found = list(source.list_content())
    report.total = len(found)
    todo = [one for one in found if one.sha256 not in there or check_there]
    report.there = report.total - len(todo)
    progress(report.there, report.total)
    if dry_run:
        report.copied = sum(one.sha256 not in there for one in found)
        report.there = report.total - report.copied
        report.size = sum(one.size for one in found if one.sha256 not in there)
        return report
    in_a_row = 0
    for one, error in _run(source, target, todo, there):
        if error is None:
            in_a_row = 0
            _count(report, one, there)
        else:
            report.failed.append((one.sha256, str(error)))
            in_a_row = in_a_row + 1 if isinstance(error, ObjectStoreUnavailable) else 0
        progress(report.copied + report.there + report.mended + len(report.failed), report.total)
        if in_a_row >= LEAVE_OFF_AFTER:
            report.left_off = True
            break
    report.failed.sort()
    return report


@dataclass(frozen=True, slots=True)
class _Done:
    sha256: str
    size: int
    mended: bool


def _count(report: CopyReport, one: "_Done", there: set[str]) -> None:
    if one.mended:
        report.mended += 1
    elif one.sha256 in there:
        report.there += 1
        return
    else:
        report.copied += 1
    report.size += one.size


def _run(
    source: ContentStore, target: ContentStore, todo: list[StoredContent], there: set[str]
) -> Iterator[tuple[_Done, PetitionError | None]]:
    """Yield each file once it is done, with its error or None; few are started ahead."""
    waiting = iter(todo)
    pool = ThreadPoolExecutor(THREADS)
    running: dict[Future[bool], StoredContent] = {}
    try:
        while True:
            while len(running) < 2 * THREADS and (one := next(waiting, None)) is not None:
                is_there = one.sha256 in there
                running[pool.submit(_copy, source, target, one.sha256, is_there)] = one
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                one = running.pop(future)
                yield _settle(future, one)
    finally:
        pool.shutdown(cancel_futures=True)


def _settle(future: Future[bool], one: StoredContent) -> tuple[_Done, PetitionError | None]:
    try:
        return _Done(one.sha256, one.size, future.result()), None
    except PetitionError as error:
        return _Done(one.sha256, one.size, False), error


def _copy(source: ContentStore, target: ContentStore, sha256: str, is_there: bool) -> bool:
    """Copy one file and read it back; return whether a damaged one was replaced."""
    if is_there:
        try:
            target.read(sha256)
            return False
        except StorageCorrupt:
            pass
    target.put(source.read(sha256))
    target.read(sha256)
    return is_there
