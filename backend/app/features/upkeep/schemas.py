"""What upkeep reports."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.jobs.tasks import Nothing, Task

PURGE = Task("upkeep.purge", Nothing)

# A million articles have five million parts, and to make one of many of them takes five seconds.
LONGEST_FOLD = timedelta(minutes=5)


class Level(StrEnum):
    """How serious a finding is."""

    GOOD = "ok"
    WARNING = "warn"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at, and how it is."""

    level: Level
    words: str


class Waste(StrEnum):
    """What is deleted for good in the end."""

    ARTICLES = "articles from the bin"
    PREVIEWS = "expired preview links"
    ANSWERS = "expired stored answers"
    SIGN_INS = "ended sign-ins"
    PROOFS = "expired links of mails"
    CHALLENGES = "expired challenges"
    VISITS = "unfinished visits to a provider"
    INVITATIONS = "old invitations"
    LIMITS = "limits that nobody comes near"
    FINISHED_JOBS = "marks of finished jobs"
    GIVEN_UP_JOBS = "jobs given up long ago"
    JOB_NOTES = "notes about jobs"
    READ_NOTIFICATIONS = "notifications read long ago"
    OLD_NOTIFICATIONS = "old notifications"
    AUDIT = "old entries of the audit log"
