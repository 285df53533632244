"""the policies of comments hold.

Revises: 1d58b9c3ff10
"""

from alembic import op

revision = "5b7c0de4a921"
down_revision = "1d58b9c3ff10"
branch_labels = None
depends_on = None

NAME = "ck_articles_comment_policy_known"
KNOWN = "comment_policy IN ('open', 'moderated', 'members', 'closed')"


def upgrade() -> None:
    op.execute(f"ALTER TABLE articles VALIDATE CONSTRAINT {NAME}")


def downgrade() -> None:
    op.drop_constraint(NAME, "articles")
    op.create_check_constraint(op.f(NAME), "articles", KNOWN, postgresql_not_valid=True)
