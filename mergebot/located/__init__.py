"""JSON and YAML read into values that know their place, and the words to say what is wrong there.

The readers never recurse and never raise for bad content: a file of any shape gives a value, problems, or both.
"""
