"""Reports of mail that came back: taken apart, judged, and found to be of which mail of ours.

files ──> mailboxes ──> reading ── parts ── judging ── words, statuses
"""

from petition.mail.reports.classification import Verdict, judge
from petition.mail.reports.refusal_kinds import About, Counts
from petition.mail.reports.report_reader import LARGEST, Report, read_report

__all__ = ["LARGEST", "About", "Counts", "Report", "Verdict", "judge", "read_report"]
