"""The Action and the workflows: what their YAML says, and what the Action's steps do."""
