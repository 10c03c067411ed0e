"""Who speaks: the roles of a conversation, what they may say and do."""
