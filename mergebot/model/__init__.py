"""The values that the stages pass to each other: frozen, without I/O, importing no other part."""
