"""`python -m mergebot`."""

from mergebot.cli import main

if __name__ == "__main__":
    main()
