"""Cycle."""
