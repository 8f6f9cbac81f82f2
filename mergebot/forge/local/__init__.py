"""The local forge (contract 6): a plain git repository with `.agent-coordination/`.

Git is the truth of what has landed: a merge moves base and writes `refs/mergebot/merged/N` (the tip that was merged)
and `refs/mergebot/landed/N` (the commit it became) in one ref transaction. The two state files are what people and
agents read and write; whatever happens to them, no merge is forgotten or done twice.
"""
