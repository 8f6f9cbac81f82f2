"""Git in the object store: no work tree, no index of the user's, no hooks, no code run."""
