"""Addresses: every slug that an article has or had, and every path that it moved in from."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class Address(Identified, Base):
    """One address of one article.

    The present slug stands here as well, so that one unique column keeps an old address from being
    given to another article. An address that begins with `/` is a path of the site that the
    article was imported from. One that only a draft had leads on for its authors, and shows in no
    list: it was not public.
    """

    __tablename__ = "addresses"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), index=True
    )
    address: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    was_public: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]
