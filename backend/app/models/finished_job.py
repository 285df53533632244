"""Finished jobs: what makes the work of a job happen once, whatever dies in between."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class FinishedJob(Base):
    """A job whose work is done: written in the transaction that did it."""

    __tablename__ = "finished_jobs"

    job_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    finished_at: Mapped[datetime] = mapped_column(index=True)
