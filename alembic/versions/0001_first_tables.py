"""The first tables, the diary rule, and the schema of the graph's checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A range over uuid has GiST equality without the btree_gist extension.
    op.execute("CREATE TYPE uuid_span AS RANGE (subtype = uuid)")
    # The checkpoint library makes its own tables there.
    op.execute("CREATE SCHEMA checkpoints")
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "manager",
                "viewer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_keys_sha256")),
    )
    op.create_table(
        "brands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("freephone", sa.LargeBinary(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column(
            "suppression_scope",
            sa.Enum(
                "brand",
                "installation",
                name="suppression_scope",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("inbound_script", sa.Text(), nullable=False),
        sa.Column("outbound_script", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
        sa.UniqueConstraint("name", name=op.f("uq_brands_name")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("canary", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "prices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "carrier_minute",
                "stream_second",
                "stt_millisecond",
                "llm_input_token",
                "llm_cached_token",
                "llm_output_token",
                "tts_character",
                name="unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("usd", sa.Numeric(), nullable=False),
        sa.Column("per", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.CheckConstraint("per >= 1", name=op.f("ck_prices_per")),
        sa.CheckConstraint("usd >= 0", name=op.f("ck_prices_usd")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
        sa.UniqueConstraint("sku", "unit", "read_on", name=op.f("uq_prices_sku_unit_read_on")),
    )
    op.create_table(
        "scripts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "shipped",
                "operator",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_scripts")),
    )
    op.create_table(
        "status_callbacks",
        sa.Column("call_sid", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call_sid", "sequence", "status", name=op.f("pk_status_callbacks")),
    )
    op.create_table(
        "calls",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("call_sid", sa.Text(), nullable=True),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum(
                "inbound",
                "outbound",
                name="direction",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "dialing",
                "ringing",
                "talking",
                "ended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "booked",
                "callback",
                "not_interested",
                "opted_out",
                "no_response",
                "completed",
                "failed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "end_reason",
            sa.Enum(
                "agent_hung_up",
                "caller_hung_up",
                "no_response",
                "busy",
                "no_answer",
                "canceled",
                "carrier_failed",
                "turned_away",
                "stream_lost",
                "process_died",
                "shut_down",
                "internal_error",
                name="end_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("script_name", sa.Text(), nullable=False),
        sa.Column("script_version", sa.Integer(), nullable=False),
        sa.Column("ours", sa.LargeBinary(), nullable=False),
        sa.Column("ours_index", sa.LargeBinary(), nullable=False),
        sa.Column("theirs", sa.LargeBinary(), nullable=True),
        sa.Column("theirs_index", sa.LargeBinary(), nullable=True),
        sa.Column("variables", sa.LargeBinary(), nullable=False),
        sa.Column("engines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "permit_basis",
            sa.Enum(
                "own_number",
                name="permit_basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carrier_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recording", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_calls_brand_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_calls")),
        sa.UniqueConstraint("call_sid", name=op.f("uq_calls_call_sid")),
    )
    op.create_index(op.f("ix_calls_brand_id"), "calls", ["brand_id"], unique=False)
    op.create_index(
        "ix_calls_open",
        "calls",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_index("ix_calls_theirs_index", "calls", ["theirs_index"], unique=False)
    op.create_table(
        "numbers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("e164", sa.LargeBinary(), nullable=False),
        sa.Column("e164_index", sa.LargeBinary(), nullable=False),
        sa.Column("inbound_script", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_numbers_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbers")),
        sa.UniqueConstraint("e164_index", name=op.f("uq_numbers_e164_index")),
    )
    op.create_index(op.f("ix_numbers_brand_id"), "numbers", ["brand_id"], unique=False)
    op.create_table(
        "agent_transitions",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_agent", sa.Text(), nullable=False),
        sa.Column("to_agent", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_agent_transitions_call_id")
        ),
        sa.PrimaryKeyConstraint("call_id", "turn", "position", name=op.f("pk_agent_transitions")),
    )
    op.create_table(
        "effects",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "tool",
            sa.Enum(
                "book_appointment",
                "request_callback",
                "opt_out",
                name="tool",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("arguments", sa.LargeBinary(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "done",
                "refused",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_effects_call_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_effects")),
    )
    op.create_index("ix_effects_call_id_turn", "effects", ["call_id", "turn"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "call_opened",
                "call_ended",
                "appointment_booked",
                "callback_requested",
                "opted_out",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_events_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_call_id"), "events", ["call_id"], unique=False)
    op.create_table(
        "stream_tokens",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_stream_tokens_call_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_stream_tokens")),
    )
    op.create_index(op.f("ix_stream_tokens_call_id"), "stream_tokens", ["call_id"], unique=False)
    op.create_table(
        "turn_timings",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("speech_end_ms", sa.Integer(), nullable=False),
        sa.Column("decided_ms", sa.Integer(), nullable=True),
        sa.Column("transcript_ms", sa.Integer(), nullable=True),
        sa.Column("first_token_ms", sa.Integer(), nullable=True),
        sa.Column("first_audio_ms", sa.Integer(), nullable=True),
        sa.Column("first_sent_ms", sa.Integer(), nullable=True),
        sa.Column("first_played_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_turn_timings_call_id")
        ),
        sa.PrimaryKeyConstraint("call_id", "turn", name=op.f("pk_turn_timings")),
    )
    op.create_table(
        "turns",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opening",
                "speech",
                "silence",
                "dtmf",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("caller_said", sa.LargeBinary(), nullable=False),
        sa.Column("digits", sa.LargeBinary(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("audio_ms", sa.Integer(), nullable=False),
        sa.Column("caller_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("next_agent", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("tools", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ends_call", sa.Boolean(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "booked",
                "callback",
                "not_interested",
                "opted_out",
                "no_response",
                "completed",
                "failed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("reply", sa.LargeBinary(), nullable=False),
        sa.Column("heard", sa.LargeBinary(), nullable=True),
        sa.Column("unheard", sa.LargeBinary(), nullable=True),
        sa.Column("heard_ms", sa.Integer(), nullable=True),
        sa.Column("state_change", sa.LargeBinary(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_turns_number")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_turns_call_id")),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_turns")),
    )
    op.create_table(
        "usage_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "carrier_minute",
                "stream_second",
                "stt_millisecond",
                "llm_input_token",
                "llm_cached_token",
                "llm_output_token",
                "tts_character",
                name="unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("speculative", sa.Boolean(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=True),
        sa.Column("priced_by", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_usage_events_quantity")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_usage_events_call_id")
        ),
        sa.ForeignKeyConstraint(
            ["priced_by"], ["prices.id"], name=op.f("fk_usage_events_priced_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_events")),
    )
    op.create_index(op.f("ix_usage_events_call_id"), "usage_events", ["call_id"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("value_micros", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "confirmed",
                "cancelled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("uuid_span(brand_id, brand_id, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("status = 'confirmed'"),
            using="gist",
            name="ex_bookings_overlap",
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_bookings_lasts")),
        sa.CheckConstraint("value_micros >= 0", name=op.f("ck_bookings_value")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_bookings_brand_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_bookings_call_id")),
        sa.ForeignKeyConstraint(
            ["effect_key"], ["effects.key"], name=op.f("fk_bookings_effect_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("effect_key", name=op.f("uq_bookings_effect_key")),
    )
    op.create_index(op.f("ix_bookings_call_id"), "bookings", ["call_id"], unique=False)
    op.create_table(
        "callbacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wording", sa.LargeBinary(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open", "done", name="status", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_callbacks_brand_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_callbacks_call_id")),
        sa.ForeignKeyConstraint(
            ["effect_key"], ["effects.key"], name=op.f("fk_callbacks_effect_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("effect_key", name=op.f("uq_callbacks_effect_key")),
    )
    op.create_index(op.f("ix_callbacks_call_id"), "callbacks", ["call_id"], unique=False)
    op.create_table(
        "suppressions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=True),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("effect_key", sa.Text(), nullable=True),
        sa.Column("wording", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_suppressions_brand_id")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_suppressions_call_id")
        ),
        sa.ForeignKeyConstraint(
            ["effect_key"], ["effects.key"], name=op.f("fk_suppressions_effect_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
        sa.UniqueConstraint("effect_key", name=op.f("uq_suppressions_effect_key")),
    )
    op.create_index(
        op.f("ix_suppressions_number_index"), "suppressions", ["number_index"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_suppressions_number_index"), table_name="suppressions")
    op.drop_table("suppressions")
    op.drop_index(op.f("ix_callbacks_call_id"), table_name="callbacks")
    op.drop_table("callbacks")
    op.drop_index(op.f("ix_bookings_call_id"), table_name="bookings")
    op.drop_table("bookings")
    op.drop_index(op.f("ix_usage_events_call_id"), table_name="usage_events")
    op.drop_table("usage_events")
    op.drop_table("turns")
    op.drop_table("turn_timings")
    op.drop_index(op.f("ix_stream_tokens_call_id"), table_name="stream_tokens")
    op.drop_table("stream_tokens")
    op.drop_index(op.f("ix_events_call_id"), table_name="events")
    op.drop_table("events")
    op.drop_index("ix_effects_call_id_turn", table_name="effects")
    op.drop_table("effects")
    op.drop_table("agent_transitions")
    op.drop_index(op.f("ix_numbers_brand_id"), table_name="numbers")
    op.drop_table("numbers")
    op.drop_index("ix_calls_theirs_index", table_name="calls")
    op.drop_index("ix_calls_open", table_name="calls", postgresql_where=sa.text("state <> 'ended'"))
    op.drop_index(op.f("ix_calls_brand_id"), table_name="calls")
    op.drop_table("calls")
    op.drop_table("status_callbacks")
    op.drop_table("scripts")
    op.drop_table("prices")
    op.drop_table("installation")
    op.drop_table("brands")
    op.drop_table("api_keys")
    op.execute("DROP SCHEMA checkpoints CASCADE")
    op.execute("DROP TYPE uuid_span")
