"""Whom to call, and when: so far, one permitted call at a time."""
