"""GitHub without sockets, for runs that ask it a hundred thousand times."""
