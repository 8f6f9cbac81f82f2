"""What runs on this machine, as every other process may see it."""

from pathlib import Path


def processes_that_name(url: str) -> list[str]:
    """The command lines of all processes in which this stands."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if url in line and state != "Z":
            found.append(line)
    return found
