"""Every attack that is thought of, played against the whole thing, by subject; SECURITY.md says who may try what.

Each test's docstring names the defence that it guards: without it the test fails.
"""
