"""mergebot: a git-native merge queue for fleets of coding agents."""

__version__ = "0.1.0"
