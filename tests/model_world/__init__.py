"""A model of the whole pass: random worlds of agents, reviewers, strangers and faults, judged after every step."""
