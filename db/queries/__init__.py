"""Read-only views for the API and pages."""
