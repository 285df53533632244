"""The calendar of what is published, by which words are found among the articles of a time."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Index, Integer, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from app.models.article import Article

# Blocks of three hours, and on each level above of eight times as long; on the last, which follows
# upon one of 512 days, two blocks are all of time.
_FIRST, _LAST = literal_column("0", Integer), literal_column("5", Integer)
_NEXT = literal_column("8", BigInteger)

_BLOCKS = func.calendar_blocks(Article.published_at, type_=ARRAY(BigInteger))

# Of words alone, PostgreSQL's index has all articles that have them, in no order.
Index("ix_articles_dated_words", _BLOCKS, Article.words, postgresql_using="gin")


def published_near(
    moment: ColumnElement[Any], level: ColumnElement[int], *, later: bool
) -> ColumnElement[bool]:
    """Return the condition that an article is of the moment's block, or of the next to it.

    The next is the `later` one, or else the one before. So what is published within the length of a
    block from this moment on, in that direction, is all there.
    """
    block = _block(moment, level)
    return _BLOCKS.bool_op("&&")(array([block, block + _NEXT if later else block - _NEXT]))


def level_between(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the first level where two moments are of one block, or of two next to each other.

    It is NULL if there is no such moment. On the last level, it is so of any two.
    """
    level = func.generate_series(_FIRST, _LAST).table_valued("level").render_derived()
    apart = func.abs(_block(start, level.c.level) - _block(end, level.c.level))
    return select(func.min(level.c.level)).where(apart <= _NEXT).scalar_subquery()


def _block(moment: ColumnElement[Any], level: ColumnElement[int]) -> ColumnElement[int]:
    return func.calendar_block(moment, level, type_=BigInteger)
