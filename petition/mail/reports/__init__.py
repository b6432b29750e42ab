"""Reports of mail that came back: taken apart, judged, and found to be of which mail of ours.

files ──> mailboxes ──> reading ── parts ── judging ── words, statuses
"""

from petition.mail.reports.judging import Verdict, judge
from petition.mail.reports.kinds import About, Counts
from petition.mail.reports.reading import LARGEST, Report, read_report

__all__ = ["LARGEST", "About", "Counts", "Report", "Verdict", "judge", "read_report"]
