"""how many articles are public, in all and of each tag and author.

Revises: 6e2b95d0f3a4
"""

import sqlalchemy as sa
from alembic import op

revision = "83c6f1d2e5a0"
down_revision = "6e2b95d0f3a4"
branch_labels = None
depends_on = None

# Each change is a row of its own, so nobody waits for anybody; the sum of the rows is the number.
COUNT = """
    CREATE FUNCTION public.count_public() RETURNS trigger
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
# Two at once take each row once: what one has deleted, the other does not find any more.
FOLD = """
    CREATE FUNCTION public.fold_public_counts() RETURNS void
    LANGUAGE sql AS $$
        WITH folded AS (DELETE FROM public.public_counts RETURNING kind, subject_id, amount)
        INSERT INTO public.public_counts (kind, subject_id, amount)
        SELECT kind, subject_id, sum(amount) FROM folded
        GROUP BY kind, subject_id HAVING sum(amount) <> 0
    $$
"""
# Of each table: what it counts, what changes when a row is updated, and when a row counts.
WATCHED = {
    "articles": ("all", "published, deleted_at", "{0}.published AND {0}.deleted_at IS NULL"),
    "article_tags": ("tag", "public_at, article_id, tag_id", "{0}.public_at IS NOT NULL"),
    "article_authors": ("author", "public_at, article_id, user_id", "{0}.public_at IS NOT NULL"),
}
# Who or what a row is of, which in theory may change as well.
SUBJECT = {
    "articles": "0",
    "article_tags": "{0}.tag_id",
    "article_authors": "{0}.user_id",
}
TRIGGER = """
    CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW WHEN ({condition})
    EXECUTE FUNCTION public.count_public('{amount}', '{kind}')
"""
# While the triggers are made nobody writes to their tables, so this misses nothing.
PRESENT = """
    INSERT INTO public_counts (kind, subject_id, amount)
    SELECT 'all', 0, count(*) FROM articles WHERE published AND deleted_at IS NULL
    HAVING count(*) > 0
    UNION ALL
    SELECT 'tag', tag_id, count(*) FROM article_tags WHERE public_at IS NOT NULL GROUP BY tag_id
    UNION ALL
    SELECT 'author', user_id, count(*)
    FROM article_authors WHERE public_at IS NOT NULL GROUP BY user_id
"""


def upgrade() -> None:
    op.create_table(
        "public_counts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('all', 'tag', 'author')", name=op.f("ck_public_counts_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_counts")),
    )
    op.create_index(
        "ix_public_counts_kind_subject_id",
        "public_counts",
        ["kind", "subject_id"],
        unique=False,
        postgresql_include=["amount"],
    )
    op.execute(COUNT)
    op.execute(FOLD)
    for table in WATCHED:
        for statement in _triggers(table):
            op.execute(statement)
    op.execute(PRESENT)


def downgrade() -> None:
    for table in reversed(WATCHED):
        for name in ("insert", "delete", "show", "hide"):
            op.execute(f"DROP TRIGGER count_public_{name} ON {table}")
    op.execute("DROP FUNCTION public.fold_public_counts")
    op.execute("DROP FUNCTION public.count_public")
    op.drop_index(
        "ix_public_counts_kind_subject_id",
        table_name="public_counts",
        postgresql_include=["amount"],
    )
    op.drop_table("public_counts")


def _triggers(table: str) -> list[str]:
    kind, columns, condition = WATCHED[table]
    old, new = condition.format("OLD"), condition.format("NEW")
    moved = f"{SUBJECT[table].format('OLD')} <> {SUBJECT[table].format('NEW')}"
    update = f"UPDATE OF {columns}"
    return [
        TRIGGER.format(
            name=f"count_public_{name}",
            event=event,
            table=table,
            condition=is_so,
            amount=amount,
            kind=kind,
        )
        for name, event, is_so, amount in (
            ("insert", "INSERT", new, 1),
            ("delete", "DELETE", old, -1),
            ("show", update, f"({new}) AND (NOT ({old}) OR {moved})", 1),
            ("hide", update, f"({old}) AND (NOT ({new}) OR {moved})", -1),
        )
    ]
