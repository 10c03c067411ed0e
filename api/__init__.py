"""The outside speaks to us: HTTP routes, carrier webhooks and the media socket."""
