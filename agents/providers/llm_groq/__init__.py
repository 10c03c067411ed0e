"""Groq: hosted language models. The SDK is imported with ``models``, the check needs none."""
