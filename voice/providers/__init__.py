"""Vendors of hearing, speech and telephony, one per file; only the wiring names them."""
