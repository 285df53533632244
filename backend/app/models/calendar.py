"""The calendar of what is published, by which words are found among the articles of a time."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Index,
    Integer,
    Select,
    and_,
    case,
    func,
    literal_column,
    not_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.lookup import widening
from app.models.article import Article

# The shortest blocks are of three hours, which are the unit of a reach; on each level above they
# are eight times as long. A reach is looked at in up to 65 blocks, so that few go far beyond it.
# From 512 days on, all that have the words are found sooner without.
_LEVELS = literal_column("'{64,512}'::bigint[]", ARRAY(BigInteger))
_NOWHERE, _EVERYTHING = literal_column("0", BigInteger), literal_column("4096", BigInteger)
_SHORTEST, _ONE = literal_column("0", Integer), literal_column("1", BigInteger)
_THREE_BITS, _NEXT = literal_column("3", Integer), literal_column("8", BigInteger)

_BLOCKS = func.calendar_blocks(Article.published_at, type_=ARRAY(BigInteger))

# Of words alone, PostgreSQL's index has all articles that have them, in no order.
Index("ix_articles_dated_words", _BLOCKS, Article.words, postgresql_using="gin")


def first_with_words(
    query: Select[Any],
    words: ColumnElement[Any],
    span: Sequence[ColumnElement[Any]],
    limit: ColumnElement[int],
    *only_if: ColumnElement[bool],
    descending: bool,
) -> Select[Any]:
    """Return the first rows of a query for articles by `place`, their date, that have words.

    All of the query are of the span from one date to another one, where the order begins and ends.
    """
    reach = _reach_between(*span)
    last = case((and_(*only_if), reach)) if only_if else reach
    near = partial(_has_near, words, span[0], later=not descending)
    return widening(query, last, near, limit, descending=descending)


def _has_near(
    words: ColumnElement[Any], moment: ColumnElement[Any], reach: ColumnElement[int], *, later: bool
) -> ColumnElement[bool]:
    """Return the condition that an article has words, and is published within reach of a moment.

    It holds of some beyond that as well, but all between them and the moment are there, whether
    they follow upon it (`later`) or lead up to it.
    """
    is_near = reach < _EVERYTHING
    blocks = case((is_near, _blocks(moment, reach, later=later)))
    near = _has(words) & _BLOCKS.bool_op("&&")(blocks)
    return near | _has(case((not_(is_near), words)))


def _reach_between(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[int]:
    """Return within what reach two moments are; 0 if one is missing."""
    blocks = func.abs(_block(start, _SHORTEST) - _block(end, _SHORTEST), type_=BigInteger)
    reach = func.coalesce(blocks // _NEXT + _ONE, _NOWHERE)
    return func.least(reach, _EVERYTHING, type_=BigInteger)


def _has(words: ColumnElement[Any]) -> ColumnElement[bool]:
    return Article.words.bool_op("@@")(words)


def _blocks(
    moment: ColumnElement[Any], reach: ColumnElement[int], *, later: bool
) -> ColumnElement[Any]:
    """Return the moment's block, and those next to it as far as is to be reached."""
    level = func.width_bucket(reach, _LEVELS, type_=Integer)
    number = reach.bitwise_rshift(level * _THREE_BITS) + _ONE
    which = func.generate_series(_SHORTEST, number, type_=BigInteger)
    first = _block(moment, level)
    blocks = select(first + which * _NEXT if later else first - which * _NEXT)
    return func.array(blocks.correlate_except().scalar_subquery(), type_=ARRAY(BigInteger))


def _block(moment: ColumnElement[Any], level: ColumnElement[int]) -> ColumnElement[int]:
    return func.calendar_block(moment, level, type_=BigInteger)
