"""What to say: the LangGraph conversation and its one door."""
