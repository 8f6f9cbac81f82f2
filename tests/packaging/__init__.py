"""What is published: sdist, wheel, and the hook for pre-commit."""
