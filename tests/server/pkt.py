"""Git's pkt-lines, as far as a forge looks into a push: the commands before it, the report after it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ZERO = "0" * 40


@dataclass(frozen=True)
class Command:
    """One ref that a push moves; an id of zeros stands for none."""

    old: str
    new: str
    ref: str

    @property
    def deletes(self) -> bool:
        return not self.new.strip("0")

    @property
    def creates(self) -> bool:
        return not self.old.strip("0")


def packets(raw: bytes) -> Iterator[bytes | None]:
    """Each packet's content, None for a flush; stops at what is no packet."""
    at = 0
    while at + 4 <= len(raw):
        try:
            size = int(raw[at : at + 4], 16)
        except ValueError:
            return
        if size == 0:
            yield None
            at += 4
        elif size < 4:
            return
        else:
            yield raw[at + 4 : at + size]
            at += size


def packet(content: bytes) -> bytes:
    return f"{len(content) + 4:04x}".encode() + content


def commands(body: bytes) -> list[Command]:
    """What a push asks for: the packets up to the first flush."""
    found = []
    for content in packets(body):
        if content is None:
            break
        old, new, ref = content.split(b"\0")[0].decode().rstrip("\n").split(" ", 2)
        found.append(Command(old, new, ref))
    return found


def reworded(answer: bytes, words: Mapping[str, str]) -> bytes:
    """The answer to a push, where the reason for a refused ref (`hook declined`) is put in GitHub's words."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not words or not body:
        return answer
    report = b"".join(content[1:] for content in packets(body) if content and content[:1] == b"\x01")
    others = b"".join(
        packet(content)
        for content in packets(body)
        if content and content[:1] != b"\x01" and b"error: hook declined to update" not in content
    )
    if not report:
        return answer
    lines = b"".join(b"0000" if line is None else packet(_reworded(line, words)) for line in packets(report))
    return head + separator + others + packet(b"\x01" + lines) + b"0000"


def _reworded(line: bytes, words: Mapping[str, str]) -> bytes:
    if not line.startswith(b"ng "):
        return line
    ref, _, reason = line[3:].decode().rstrip("\n").partition(" ")
    return f"ng {ref} {words.get(ref, reason) if reason == 'hook declined' else reason}\n".encode()
