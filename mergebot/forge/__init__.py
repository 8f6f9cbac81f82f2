"""Forges: where pull requests live. `protocol` is what the stages know; the backends know nothing of each other."""
