"""talk about articles.

Revises: ff66f1f3dde4
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "1d58b9c3ff10"
down_revision = "ff66f1f3dde4"
branch_labels = None
depends_on = None

# However a favourite or a comment comes and goes (with an account, say), the counts are exact.
COUNT_FAVORITES = """
    CREATE FUNCTION public.count_favorites() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO public.article_counts AS counts (article_id, favorites)
            VALUES (NEW.article_id, 1)
            ON CONFLICT (article_id) DO UPDATE SET favorites = counts.favorites + 1;
        ELSE
            UPDATE public.article_counts SET favorites = favorites - 1
            WHERE article_id = OLD.article_id;
        END IF;
        RETURN NULL;
    END
    $$
"""
COUNT_COMMENTS = """
    CREATE FUNCTION public.count_comments() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE
        before int := 0;
        after int := 0;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            before := (OLD.status = 'visible' AND OLD.deleted_at IS NULL)::int;
        END IF;
        IF TG_OP = 'DELETE' THEN
            UPDATE public.article_counts SET comments = comments - before
            WHERE article_id = OLD.article_id AND before <> 0;
            RETURN NULL;
        END IF;
        after := (NEW.status = 'visible' AND NEW.deleted_at IS NULL)::int;
        IF after <> before THEN
            INSERT INTO public.article_counts AS counts (article_id, comments)
            VALUES (NEW.article_id, after - before)
            ON CONFLICT (article_id) DO UPDATE SET comments = counts.comments + after - before;
        END IF;
        RETURN NULL;
    END
    $$
"""
TRIGGERS = (
    """
    CREATE TRIGGER count_favorites AFTER INSERT OR DELETE ON favorites
    FOR EACH ROW EXECUTE FUNCTION public.count_favorites()
""",
    """
    CREATE TRIGGER count_comments AFTER INSERT OR DELETE OR UPDATE OF status, deleted_at ON comments
    FOR EACH ROW EXECUTE FUNCTION public.count_comments()
""",
)


def upgrade() -> None:
    op.create_table(
        "feed_marks",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_feed_marks_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_feed_marks")),
    )
    op.create_table(
        "notification_settings",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mailed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("digested_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_notification_settings_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_settings")),
    )
    op.create_table(
        "tag_follows",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_tag_follows_tag_id_tags"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_tag_follows_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "tag_id", name=op.f("pk_tag_follows")),
    )
    op.create_index(op.f("ix_tag_follows_tag_id"), "tag_follows", ["tag_id"], unique=False)
    op.create_table(
        "user_follows",
        sa.Column("follower_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("followed_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "follower_id <> followed_id", name=op.f("ck_user_follows_nobody_follows_themselves")
        ),
        sa.ForeignKeyConstraint(
            ["followed_id"],
            ["users.id"],
            name=op.f("fk_user_follows_followed_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"],
            ["users.id"],
            name=op.f("fk_user_follows_follower_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("follower_id", "followed_id", name=op.f("pk_user_follows")),
    )
    op.create_index(
        "ix_user_follows_followed_id_created_at",
        "user_follows",
        ["followed_id", "created_at", "follower_id"],
        unique=False,
    )
    op.create_index(
        "ix_user_follows_follower_id_created_at",
        "user_follows",
        ["follower_id", "created_at", "followed_id"],
        unique=False,
    )
    op.create_table(
        "article_counts",
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("favorites", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("comments", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_article_counts_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_article_counts")),
    )
    op.create_table(
        "bookmarks",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_bookmarks_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_bookmarks_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "article_id", name=op.f("pk_bookmarks")),
    )
    op.create_index("ix_bookmarks_article_id", "bookmarks", ["article_id"], unique=False)
    op.create_index(
        "ix_bookmarks_user_id_created_at_article_id",
        "bookmarks",
        ["user_id", "created_at", "article_id"],
        unique=False,
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_html", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('visible', 'pending', 'hidden', 'spam')",
            name=op.f("ck_comments_status_known"),
        ),
        sa.CheckConstraint(
            "(parent_id IS NULL) = (depth = 1)", name=op.f("ck_comments_depth_counts_from_one")
        ),
        sa.CheckConstraint(
            "(parent_id IS NULL) = (thread_id IS NULL)",
            name=op.f("ck_comments_answer_is_in_thread"),
        ),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_comments_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["users.id"],
            name=op.f("fk_comments_author_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["comments.id"],
            name=op.f("fk_comments_parent_id_comments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["comments.id"],
            name=op.f("fk_comments_thread_id_comments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(
        "ix_comments_article_id_created_at_id",
        "comments",
        ["article_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.create_index(
        "ix_comments_article_id_all", "comments", ["article_id", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_comments_author_id"), "comments", ["author_id"], unique=False)
    op.create_index("ix_comments_created_at_id", "comments", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_comments_parent_id"), "comments", ["parent_id"], unique=False)
    op.create_index(
        "ix_comments_status_created_at_id", "comments", ["status", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_comments_thread_id_created_at_id",
        "comments",
        ["thread_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "favorites",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_favorites_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_favorites_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "article_id", name=op.f("pk_favorites")),
    )
    op.create_index(
        "ix_favorites_article_id_user_id", "favorites", ["article_id", "user_id"], unique=False
    )
    op.create_index(
        "ix_favorites_user_id_created_at_article_id",
        "favorites",
        ["user_id", "created_at", "article_id"],
        unique=False,
    )
    op.create_table(
        "comment_reports",
        sa.Column("comment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.id"],
            name=op.f("fk_comment_reports_comment_id_comments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"],
            ["users.id"],
            name=op.f("fk_comment_reports_reporter_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment_id", "reporter_id", name=op.f("pk_comment_reports")),
    )
    op.create_index(
        op.f("ix_comment_reports_reporter_id"), "comment_reports", ["reporter_id"], unique=False
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=True),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('comment', 'reply', 'mention', 'follower', 'favorite')",
            name=op.f("ck_notifications_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["users.id"],
            name=op.f("fk_notifications_actor_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_notifications_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.id"],
            name=op.f("fk_notifications_comment_id_comments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_notifications_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(op.f("ix_notifications_actor_id"), "notifications", ["actor_id"], unique=False)
    op.create_index("ix_notifications_created_at", "notifications", ["created_at"], unique=False)
    op.create_index(
        "ix_notifications_read_at",
        "notifications",
        ["read_at"],
        unique=False,
        postgresql_where=sa.text("read_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_notifications_article_id"), "notifications", ["article_id"], unique=False
    )
    op.create_index(
        op.f("ix_notifications_comment_id"), "notifications", ["comment_id"], unique=False
    )
    op.create_index(
        "ix_notifications_user_id_created_at_id",
        "notifications",
        ["user_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_notifications_user_id_unread",
        "notifications",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index(
        "uq_notifications_told_once",
        "notifications",
        ["user_id", "kind", "actor_id", "article_id", "comment_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.add_column("articles", sa.Column("comment_policy", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_articles_comment_policy_known"),
        "articles",
        "comment_policy IN ('open', 'moderated', 'members', 'closed')",
        postgresql_not_valid=True,
    )
    for statement in (COUNT_FAVORITES, COUNT_COMMENTS, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_column("articles", "comment_policy")
    op.drop_index(
        "uq_notifications_told_once", table_name="notifications", postgresql_nulls_not_distinct=True
    )
    op.drop_index(
        "ix_notifications_user_id_unread",
        table_name="notifications",
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.drop_index("ix_notifications_user_id_created_at_id", table_name="notifications")
    op.drop_index(
        "ix_notifications_read_at",
        table_name="notifications",
        postgresql_where=sa.text("read_at IS NOT NULL"),
    )
    op.drop_index("ix_notifications_created_at", table_name="notifications")
    op.drop_index(op.f("ix_notifications_comment_id"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_article_id"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_actor_id"), table_name="notifications")
    op.drop_table("notifications")
    op.drop_index(op.f("ix_comment_reports_reporter_id"), table_name="comment_reports")
    op.drop_table("comment_reports")
    op.drop_index("ix_favorites_user_id_created_at_article_id", table_name="favorites")
    op.drop_index("ix_favorites_article_id_user_id", table_name="favorites")
    op.drop_table("favorites")
    op.drop_index("ix_comments_thread_id_created_at_id", table_name="comments")
    op.drop_index("ix_comments_status_created_at_id", table_name="comments")
    op.drop_index(op.f("ix_comments_parent_id"), table_name="comments")
    op.drop_index("ix_comments_created_at_id", table_name="comments")
    op.drop_index(op.f("ix_comments_author_id"), table_name="comments")
    op.drop_index("ix_comments_article_id_all", table_name="comments")
    op.drop_index(
        "ix_comments_article_id_created_at_id",
        table_name="comments",
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.drop_table("comments")
    op.drop_index("ix_bookmarks_user_id_created_at_article_id", table_name="bookmarks")
    op.drop_index("ix_bookmarks_article_id", table_name="bookmarks")
    op.drop_table("bookmarks")
    op.drop_table("article_counts")
    op.drop_index("ix_user_follows_follower_id_created_at", table_name="user_follows")
    op.drop_index("ix_user_follows_followed_id_created_at", table_name="user_follows")
    op.drop_table("user_follows")
    op.drop_index(op.f("ix_tag_follows_tag_id"), table_name="tag_follows")
    op.drop_table("tag_follows")
    op.drop_table("notification_settings")
    op.drop_table("feed_marks")
    op.execute("DROP FUNCTION public.count_comments")
    op.execute("DROP FUNCTION public.count_favorites")
