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
    op.drop_constraint(op.f("ck_turns_kind"), "turns", type_="check")
    op.create_check_constraint(op.f("ck_turns_kind"), "turns", f"kind IN ({KINDS}, 'operator')")


def downgrade() -> None:
    # The older program knows no operators; what they had the agent say follows no caller's words.
    op.execute("UPDATE turns SET kind = 'silence' WHERE kind = 'operator'")
    op.drop_constraint(op.f("ck_turns_kind"), "turns", type_="check")
    op.create_check_constraint(op.f("ck_turns_kind"), "turns", f"kind IN ({KINDS})")
    op.drop_column("turn_timings", "drafts")
    op.drop_column("turn_timings", "first_clause_ms")
    op.drop_table("evidence")
