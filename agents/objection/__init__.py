"""The agent that answers objections and lets people go."""
