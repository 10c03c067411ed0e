"""A call again: its cue log through the reducer, as it was and as it would have been."""
