"""Bills of lading and containers of declarations; events that correct or withdraw; what is usual and what was late.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KINDS = ("topic", "declaration", "port", "hs_chapter", "country", "agreement", "container", "booking", "entry", "bill")
_TABLES = ("receipt_files", "shipment_pictures", "shipment_lates", "stage_usual", "shipment_numbers")


def upgrade() -> None:
    """Go to this version."""
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for column in (
        sa.Column("port", sa.String(4), comment="customs office: as reported, else the number's first four digits"),
        sa.Column("reference", sa.String(64), comment="the firm's own"),
        sa.Column("arrived_on", sa.Date(), comment="the conveyance was declared for entry"),
        sa.Column("basis_seq", serial, comment="the event by which the stage holds"),
    ):
        op.add_column("declarations", column)
    op.execute("UPDATE declarations SET port = substr(declaration_no, 1, 4)")
    op.create_index("ix_declarations_of_firm", "declarations", ["enterprise_id", "stage_at", "declaration_no"])
    op.create_index("ix_declarations_watched", "declarations", ["stage", "stage_at"])
    with op.batch_alter_table("clearance_events") as changed:
        changed.alter_column(
            "stage",
            existing_type=sa.String(32),
            nullable=True,
            comment="null: it withdraws an earlier event",
            existing_nullable=False,
        )
        changed.add_column(
            sa.Column("amends_id", sa.String(200), comment="event of the same source that it corrects or withdraws")
        )
        changed.add_column(
            sa.Column(
                "told", sa.Boolean(), nullable=False, server_default=sa.false(), comment="followers read it, as it is"
            )
        )
    # What holds now was told to whoever followed then; a correction of it is told as one.
    op.execute(
        "UPDATE clearance_events SET told = true WHERE EXISTS (SELECT 1 FROM outbox WHERE cause_kind = 'clearance' "
        "AND cause_id = CAST(clearance_events.seq AS VARCHAR(64)))"
    )
    op.add_column(
        "follows",
        sa.Column(
            "via", sa.String(56), comment="kind:number of the follow that brought it; null: it was asked for itself"
        ),
    )
    _allow("follows", "kind", _KINDS)
    _create_tables(serial)


def _create_tables(serial: sa.types.TypeEngine[int]) -> None:
    moment = sa.DateTime(timezone=True)
    number = sa.Column("declaration_no", sa.String(18), nullable=False)
    op.create_table(
        "shipment_numbers",
        number,
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.CheckConstraint("kind IN ('bill', 'container')", name=op.f("ck_shipment_numbers_kind")),
        _to_declaration("shipment_numbers"),
        sa.PrimaryKeyConstraint("declaration_no", "kind", "number", name=op.f("pk_shipment_numbers")),
    )
    op.create_index("ix_shipment_numbers_number", "shipment_numbers", ["kind", "number", "declaration_no"])
    op.create_table(
        "stage_usual",
        sa.Column("port", sa.String(4), nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False, comment="declarations that left the stage within the window"),
        sa.Column("p90_s", sa.Integer(), nullable=False, comment="nine of ten left it within these seconds"),
        sa.Column("computed_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("port", "stage", name=op.f("pk_stage_usual")),
    )
    op.create_table(
        "shipment_lates",
        sa.Column("declaration_no", sa.String(18), nullable=False),
        sa.Column("basis_seq", serial, nullable=False, autoincrement=False, comment="event by which the stage held"),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("rule", sa.String(12), nullable=False),
        sa.Column("since", moment, nullable=False, comment="the stage was reached"),
        sa.Column("expected_by", moment, nullable=False),
        sa.Column("cases", sa.Integer(), comment="behind what is usual"),
        sa.Column("noticed_at", moment, nullable=False),
        sa.Column("ended_at", moment, comment="the stage was left, or proved never to have held"),
        sa.CheckConstraint("rule IN ('usual', 'promised')", name=op.f("ck_shipment_lates_rule")),
        _to_declaration("shipment_lates"),
        sa.PrimaryKeyConstraint("declaration_no", "basis_seq", name=op.f("pk_shipment_lates")),
    )
    op.create_index("ix_shipment_lates_open", "shipment_lates", ["ended_at", "noticed_at"])
    op.create_table(
        "shipment_pictures",
        sa.Column("id", sa.String(32), nullable=False, comment="random: whoever has it sees the picture"),
        sa.Column("declaration_no", sa.String(18), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        _to_declaration("shipment_pictures"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_pictures")),
    )
    op.create_index("ix_shipment_pictures_expires_at", "shipment_pictures", ["expires_at"])
    op.create_table(
        "receipt_files",
        sa.Column("digest", sa.String(64), nullable=False, comment="SHA-256 of the file"),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("receipts", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("done_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_receipt_files")),
    )


def downgrade() -> None:
    """Go back. Withdrawals, and what they and corrections took back, are forgotten: the version before cannot read them."""
    for table in _TABLES:
        op.drop_table(table)
    op.execute("DELETE FROM follows WHERE kind = 'bill'")
    _allow("follows", "kind", _KINDS[:-1])
    op.drop_column("follows", "via")
    op.execute("DELETE FROM clearance_events WHERE stage IS NULL")
    with op.batch_alter_table("clearance_events") as changed:
        changed.drop_column("told")
        changed.drop_column("amends_id")
        changed.alter_column("stage", existing_type=sa.String(32), nullable=False)
    op.drop_index("ix_declarations_watched", "declarations")
    op.drop_index("ix_declarations_of_firm", "declarations")
    for name in ("basis_seq", "arrived_on", "reference", "port"):
        op.drop_column("declarations", name)


def _to_declaration(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["declaration_no"], ["declarations.declaration_no"], name=op.f(f"fk_{table}_declaration_no")
    )


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    """Let a column hold these values."""
    name = f"ck_{table}_{column}"
    listed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table(table) as changed:
        changed.drop_constraint(op.f(name), type_="check")
        changed.create_check_constraint(op.f(name), f"{column} IN ({listed})")
