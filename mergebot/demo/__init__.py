"""The demo: a sample repository with eight agents, and its queue run to the end."""
