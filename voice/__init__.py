"""Hear and speak: one live call, from carrier frames to caller turns and back."""
