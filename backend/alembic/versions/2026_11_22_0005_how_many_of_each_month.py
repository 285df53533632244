"""how many articles are public of each month, in the parts of the number of all.

A part of that number gets a month, and stays a part of it: so who adds up all of them, as the
release before this one does, is right before, meanwhile and afterwards.

Revises: c5f07e92d81b
"""

import sqlalchemy as sa
from alembic import op

revision = "e3a50d7c1f94"
down_revision = "c5f07e92d81b"
branch_labels = None
depends_on = None

# Months are counted from the year 0, in UTC. The first and the last moment that Python knows are
# infinite to the driver, and belong to their years here. The function is so plain that PostgreSQL
# puts its body in the place of its calls.
IN_UTC = """
    timezone('UTC', least(greatest(moment, '0001-01-01T00:00:00Z'), '9999-12-31T23:59:59Z'))
"""
MONTH = f"""
    CREATE FUNCTION public.calendar_month(moment timestamptz)
    RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT 12 * date_part('year', {IN_UTC.strip()})::bigint
            + date_part('month', {IN_UTC.strip()})::bigint - 1
    $$
"""
# Each change is a row of its own, so nobody waits for anybody; the sum of the rows is the number.
COUNT = """
    CREATE OR REPLACE FUNCTION public.count_public() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE
        amount CONSTANT bigint := TG_ARGV[0];
        subject_id bigint := 0;
        month bigint;
    BEGIN
        IF TG_TABLE_NAME = 'article_tags' THEN
            subject_id := CASE WHEN amount > 0 THEN NEW.tag_id ELSE OLD.tag_id END;
        ELSIF TG_TABLE_NAME = 'article_authors' THEN
            subject_id := CASE WHEN amount > 0 THEN NEW.user_id ELSE OLD.user_id END;
        ELSE
            month := public.calendar_month(
                CASE WHEN amount > 0 THEN NEW.published_at ELSE OLD.published_at END
            );
        END IF;
        INSERT INTO public.public_counts (kind, subject_id, month, amount)
        VALUES (TG_ARGV[1], subject_id, month, amount);
        RETURN NULL;
    END
    $$
"""
# Two at once take each row once: what one has deleted, the other does not find any more.
FOLD = """
    CREATE OR REPLACE FUNCTION public.fold_public_counts() RETURNS void
    LANGUAGE sql AS $$
        WITH folded AS (DELETE FROM public.public_counts RETURNING kind, subject_id, month, amount)
        INSERT INTO public.public_counts (kind, subject_id, month, amount)
        SELECT kind, subject_id, month, sum(amount) FROM folded
        GROUP BY kind, subject_id, month HAVING sum(amount) <> 0
    $$
"""
IS_KEPT = "{0}.published AND {0}.deleted_at IS NULL"
OLD_IS_KEPT, NEW_IS_KEPT = IS_KEPT.format("OLD"), IS_KEPT.format("NEW")
MOVED = "public.calendar_month(OLD.published_at) <> public.calendar_month(NEW.published_at)"
TRIGGER = """
    CREATE OR REPLACE TRIGGER count_public_{name}
    AFTER UPDATE OF {columns} ON articles FOR EACH ROW WHEN ({condition})
    EXECUTE FUNCTION public.count_public('{amount}', 'all')
"""
# It only adds what is missing from the parts of each month, and takes as much off those without
# one. All of it is of one moment; what others add from then on adds to that, so nobody has to wait.
# Done again, it adds nothing.
PRESENT = """
    INSERT INTO public_counts (kind, subject_id, month, amount)
    SELECT 'all', 0, month, sum(amount)
    FROM (
        SELECT public.calendar_month(published_at) AS month, 1 AS amount
        FROM articles WHERE published AND deleted_at IS NULL
        UNION ALL
        SELECT month, -amount FROM public_counts WHERE kind = 'all'
    ) AS missing
    GROUP BY month HAVING sum(amount) <> 0
"""
# The functions as they were.
COUNT_BEFORE = """
    CREATE OR REPLACE FUNCTION public.count_public() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE
        amount CONSTANT bigint := TG_ARGV[0];
        subject_id bigint := 0;
    BEGIN
        IF TG_TABLE_NAME = 'article_tags' THEN
            subject_id := CASE WHEN amount > 0 THEN NEW.tag_id ELSE OLD.tag_id END;
        ELSIF TG_TABLE_NAME = 'article_authors' THEN
            subject_id := CASE WHEN amount > 0 THEN NEW.user_id ELSE OLD.user_id END;
        END IF;
        INSERT INTO public.public_counts (kind, subject_id, amount)
        VALUES (TG_ARGV[1], subject_id, amount);
        RETURN NULL;
    END
    $$
"""
FOLD_BEFORE = """
    CREATE OR REPLACE FUNCTION public.fold_public_counts() RETURNS void
    LANGUAGE sql AS $$
        WITH folded AS (DELETE FROM public.public_counts RETURNING kind, subject_id, amount)
        INSERT INTO public.public_counts (kind, subject_id, amount)
        SELECT kind, subject_id, sum(amount) FROM folded
        GROUP BY kind, subject_id HAVING sum(amount) <> 0
    $$
"""


def upgrade() -> None:
    _let_writers_finish()
    op.add_column("public_counts", sa.Column("month", sa.BigInteger(), nullable=True))
    for statement in (MONTH, COUNT, FOLD, *_triggers("published, published_at, deleted_at", MOVED)):
        op.execute(statement)
    # What every writer adds has a month only after this has been committed.
    with op.get_context().autocommit_block():
        op.execute(PRESENT)


def downgrade() -> None:
    _let_writers_finish()
    for statement in (*_triggers("published, deleted_at", "0 <> 0"), FOLD_BEFORE, COUNT_BEFORE):
        op.execute(statement)
    op.execute("DROP FUNCTION public.calendar_month")
    op.drop_column("public_counts", "month")


def _let_writers_finish() -> None:
    """Wait for whoever is publishing or hiding an article, in the order in which the house writes.

    What they add is then of one kind, and nobody who adds holds what this migration waits for.
    """
    op.execute("LOCK TABLE public.articles IN SHARE ROW EXCLUSIVE MODE")


def _triggers(columns: str, moved: str) -> list[str]:
    return [
        TRIGGER.format(name=name, columns=columns, condition=condition, amount=amount)
        for name, condition, amount in (
            ("show", f"({NEW_IS_KEPT}) AND (NOT ({OLD_IS_KEPT}) OR {moved})", 1),
            ("hide", f"({OLD_IS_KEPT}) AND (NOT ({NEW_IS_KEPT}) OR {moved})", -1),
        )
    ]
