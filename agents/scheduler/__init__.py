"""The agent that makes appointments."""
