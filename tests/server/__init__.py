"""A GitHub for tests: one state, real bare repositories, REST, GraphQL and git over HTTP. `hub.py` is the way in."""
