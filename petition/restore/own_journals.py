"""Replay of a single host's own journal of hand-overs at each start."""

from petition.core.logs import get_logger
from petition.journals.handovers import find_log, read_handovers
from petition.journals.line_files import read_lines
from petition.restore.handover_records import RestoreReport, join_lines, join_mails
from petition.restore.restored_letters import replay_letters
from petition.restore.restored_mails import replay_mails

log = get_logger(__name__)


def replay_own_handovers() -> RestoreReport:
    """Replay this host's own hand-overs, which is fast if the database knows them all.

    - The number of unsure cases is logged.
    """
    report = RestoreReport()
    lines = list(read_handovers(read_lines(find_log())))
    replay_letters(join_lines(lines, report), report)
    replay_mails(join_mails(lines), report, again=True)
    if report.unsure:
        log.warning("handovers.unsure", number=len(report.unsure))
    return report
