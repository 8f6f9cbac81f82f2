"""Decide: from a snapshot and a policy to a plan, pure. Must import no I/O, no clock, no log."""
