"""`mergebot init`: the files that a repository starts with.

What is drawn is drawn by pure functions (`drawing`, `pulls`, `files`, `workflow`); git and the folder are read in
`branches` and `ground`, and written in `writing` alone. `starting` calls them one after the other.
"""
