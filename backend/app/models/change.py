"""How often what lists of articles show has changed: what their validators are made of."""

from sqlalchemy import ColumnElement, Text, cast, func, literal_column, select
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Change(Base):
    """Two numbers, in parts, which grow with every transaction that changes what is shown.

    `content` grows with articles that are public or become so, their tags and authors, with
    people, tags, series and the site; `counts` with what is counted of articles (favourites and
    comments). Triggers of the database write them, so nobody can forget to; a transaction that is
    rolled back takes its part back.

    A number is read by the same statement as the data, thus in the same snapshot: whoever sees a
    change sees that it was counted, and nobody sees the one without the other. No clock and no
    cache has a say in it, so it holds for any number of processes.

    To grow, a number is locked until the commit. It is therefore written at the very end of a
    transaction, by deferred triggers, once however much has changed; and it is kept in sixteen
    parts, of which each connection has one, so that writers hardly ever wait for each other. As a
    part is the last thing that a transaction locks, those who wait for it can make no circle.

    It grows by a random amount: when a backup is put back, other changes follow upon the same
    number, and must not end up at one that clients know from before. A part that is missing is
    made when it is needed.
    """

    __tablename__ = "changes"

    shard: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[int]
    counts: Mapped[int]

    __table_args__ = ({"postgresql_with": {"fillfactor": "10"}},)

    @classmethod
    def stamp(cls, *, counts: bool) -> ColumnElement[str]:
        """Return a text that is another one after every change, of counts too if these are shown.

        What time alone changes is not in it: that a scheduled article has come to be public. Nor is
        anything about drafts, or the favourites and bookmarks of one person (of all: `counts`).
        """
        number = cls.content + cls.counts if counts else cls.content
        total = func.coalesce(func.sum(number), literal_column("0"))
        return cast(select(total).correlate(None).scalar_subquery(), Text)
