"""words are found by the time of their articles, too.

Revises: f3b8d2a71c64
"""

import sqlalchemy as sa
from alembic import op

revision = "a9d4e1f07b36"
down_revision = "f3b8d2a71c64"
branch_labels = None
depends_on = None

# Time is divided into blocks of three hours, eight of which are one of the next level, and so on;
# on the last there are two, which end and begin with the year 2000. A block's number says its
# level, too: the next of the same level is greater by eight. The first and the last moment that
# Python knows are infinite to the driver, and belong to their years here. Both functions are so
# plain that PostgreSQL puts their bodies in the place of their calls.
BLOCK = """
    CREATE OR REPLACE FUNCTION public.calendar_block(moment timestamptz, level integer)
    RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT (
            floor(
                date_part('epoch', CASE moment
                    WHEN timestamptz '-infinity' THEN timestamptz '0001-01-01T00:00:00Z'
                    WHEN timestamptz 'infinity' THEN timestamptz '9999-12-31T23:59:59Z'
                    ELSE moment
                END - timestamptz '2000-01-01T00:00:00Z') / 10800
            )::bigint >> CASE level WHEN 5 THEN 63 ELSE 3 * level END
        ) * 8 + level
    $$
"""
BLOCKS = """
    CREATE OR REPLACE FUNCTION public.calendar_blocks(moment timestamptz)
    RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT ARRAY[
            public.calendar_block(moment, 0),
            public.calendar_block(moment, 1),
            public.calendar_block(moment, 2),
            public.calendar_block(moment, 3),
            public.calendar_block(moment, 4),
            public.calendar_block(moment, 5)
        ]
    $$
"""
FUNCTIONS = ("calendar_blocks(timestamptz)", "calendar_block(timestamptz, integer)")

INDEX = "ix_articles_dated_words"


def upgrade() -> None:
    for function in (BLOCK, BLOCKS):
        op.execute(sa.text(function.replace(":", "\\:")))
    with op.get_context().autocommit_block():
        # What an interrupted build left behind is invalid, and stands in the way of the next.
        _drop()
        op.create_index(
            INDEX,
            "articles",
            [sa.literal_column("calendar_blocks(published_at)"), "words"],
            postgresql_using="gin",
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _drop()
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION public.{function}")


def _drop() -> None:
    op.drop_index(INDEX, "articles", postgresql_concurrently=True, if_exists=True)
