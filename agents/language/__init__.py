"""What a caller meant: intents, names, numbers, postcodes, dates and times from words."""
