"""Doctor: what in token, settings, rules and workflows would stop the queue, found by a pure function."""
