"""The wire shapes of the archive."""

from app.core.schemas import AnswerModel, example

_MONTH = {"month": 11, "count": 2}


class ArchiveMonth(AnswerModel):
    """How many articles one month has."""

    model_config = example(_MONTH)

    month: int
    count: int


class ArchiveYear(AnswerModel):
    """How many articles one year has, and its months that have any, the latest first."""

    model_config = example({"year": 2026, "count": 3, "months": [_MONTH, {"month": 1, "count": 1}]})

    year: int
    count: int
    months: list[ArchiveMonth]
