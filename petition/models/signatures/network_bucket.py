"""The number of networks of a district's signers, kept while its count is not shown."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base

BUCKETS = 256


class NetworkBucket(Base):
    """The number of signers in a district's count from the networks of one bucket.

    - ``bucket``: the first byte of the keyed hash with which ``Signature.networks`` begins, so that
      about 65,000 networks share one: it is kept longer than the hashes, which are deleted after
      seven days, and identifies no network. Signatures without a network are spread over all.
    - Only until ``Tally.several_networks`` is set; then the district's rows are deleted.
    """

    __tablename__ = "network_buckets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "district_id"], ["tallies.campaign_id", "tallies.district_id"]
        ),
        CheckConstraint("bucket BETWEEN 0 AND 255", name="bucket_is_a_byte"),
        CheckConstraint("people > 0", name="people_positive"),
        {"sqlite_with_rowid": False},
    )

    campaign_id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    people: Mapped[int]
