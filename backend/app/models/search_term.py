"""The vocabulary that misspelt words are corrected from."""

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


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
