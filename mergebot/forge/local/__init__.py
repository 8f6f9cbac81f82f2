"""The local forge (contract 6): a plain git repository with `.agent-coordination/`."""
