"""Routes of the API: one noun per file."""
