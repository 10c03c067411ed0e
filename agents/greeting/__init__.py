"""The agent that opens a call."""
