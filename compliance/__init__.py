"""May we call, may we say it: pure rules that fail closed."""
