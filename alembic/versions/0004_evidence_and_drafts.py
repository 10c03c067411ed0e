"""What the caller had to hear is proved; a turn tells its drafts, and may be an operator's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = "'opening', 'speech', 'silence', 'dtmf'"


def upgrade() -> None:
    _allow_kinds(f"{KINDS}, 'operator'")
    op.create_table(
        "evidence",
        sa.Column("call_id", sa.UUID(), nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "what",
            sa.Enum(
                "identity",
                "automated",
                "recording",
                "opt_out",
                name="what",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mark <> ''", name=op.f("ck_evidence_mark")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_evidence_call_id")),
        sa.PrimaryKeyConstraint("call_id", "turn", "what", name=op.f("pk_evidence")),
    )
    op.add_column("turn_timings", sa.Column("first_clause_ms", sa.Integer(), nullable=True))
    # Every turn had one draft. The default stays, so that a process of the release before can
    # still write while it drains.
    op.add_column(
        "turn_timings",
        sa.Column("drafts", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )


def downgrade() -> None:
    # The older program knows no operators; what they had the agent say follows no caller's words.
    op.execute("UPDATE turns SET kind = 'silence' WHERE kind = 'operator'")
    _allow_kinds(KINDS)
    op.drop_column("turn_timings", "drafts")
    op.drop_column("turn_timings", "first_clause_ms")
    op.drop_table("evidence")


def _allow_kinds(kinds: str) -> None:
    """Change the rule of ``turns.kind`` while turns are written: it holds for new ones at once.

    Reading all the old ones takes as long as there are turns, so it happens in a transaction of
    its own, under a lock that lets others read and write. Both statements may come again: when
    one fails, the migration is run again from the start.
    """
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE turns DROP CONSTRAINT IF EXISTS ck_turns_kind,"
            f" ADD CONSTRAINT ck_turns_kind CHECK (kind IN ({kinds})) NOT VALID"
        )
        op.execute("ALTER TABLE turns VALIDATE CONSTRAINT ck_turns_kind")
