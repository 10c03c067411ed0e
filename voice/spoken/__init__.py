"""Written text as a person would say it on the telephone. Pure; British English."""
