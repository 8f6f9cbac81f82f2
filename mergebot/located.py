"""Located."""
