"""The tables, one module per subject; importing this package knows them all."""

from db.tables import brands, calls, conversation, doors, money, records
from db.tables.row import Row

__all__ = ["Row", "brands", "calls", "conversation", "doors", "money", "records"]
