"""Postgres: tables, repositories and the unit of work."""
