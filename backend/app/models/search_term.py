"""The vocabulary that misspelt words are corrected from."""

from sqlalchemy import ColumnElement, Index, Select, Text, case, func, literal_column, select, true
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified

_THRESHOLD = literal_column("'pg_trgm.similarity_threshold'", Text)
_ALIKE = literal_column("'0.2'", Text)


class SearchTerm(Identified, Base):
    """A word of some article's title or tags, in small letters and without accents.

    A trigger appends to them and nobody takes any away: whether a word leads to anything that
    everybody may see has to be asked of the articles.
    """

    __tablename__ = "search_terms"

    term: Mapped[str] = mapped_column(Text(collation="C"))

    __table_args__ = (
        Index("ix_search_terms_term", "term"),
        Index(
            "ix_search_terms_term_trigrams",
            "term",
            postgresql_using="gin",
            postgresql_ops={"term": "gin_trgm_ops"},
        ),
    )

    @classmethod
    def like(cls, word: ColumnElement[str]) -> Select[str]:
        """Return the terms that have much in common with a word, those with the most first.

        How much is set for as long as the statement lasts, and before it asks for the word.
        """
        is_set = func.set_config(_THRESHOLD, _ALIKE, true()).is_not(None)
        sought = select(case((is_set, word))).scalar_subquery()
        alike = select(cls.term).where(cls.term.bool_op("%")(sought)).group_by(cls.term)
        return alike.order_by(func.similarity(cls.term, word).desc(), cls.term)
