"""Authors, dates, messages and encodings of carried-over commits, as git's sequencer writes them."""

import pytest

from mergebot.git.wording import as_utf8
from mergebot.model.ids import Sha
from tests.git.real import as_real, ours, really
from tests.sandbox import Sandbox

AUTHOR = b"Ada <ada@example.org> 1700000000 +0545"


def on_a_branch(sandbox: Sandbox, message: bytes, *, author: bytes = AUTHOR, extra: bytes = b"") -> Sha:
    """A commit on `main`'s first commit, byte for byte."""
    tree = sandbox.git("mktree", stdin=f"100644 blob {sandbox.git('hash-object', '-w', 'README')}\town\n".encode())
    raw = b"tree %b\nparent %b\nauthor %b\ncommitter C <c@x> 1 +0000\n%b\n%b" % (
        tree.encode(),
        sandbox.sha("main").encode(),
        author,
        extra,
        message,
    )
    return Sha(sandbox.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw))


class TestWhatGitMakesOfIt:
    @pytest.mark.parametrize(
        "message",
        [
            b"subject\n\nbody\n",
            b"no line feed",
            b"",
            b"\n\n",
            b"\n  \n\t\nleading blank lines\n",
            b"  indented subject\n",
            b"trailing blank lines\n\n\n",
            b"trailing space \nand # comment\n# comment\n",
            b"fixup! subject\n",
            b"tree 123\nparent 456\n",
            b"cut at\0here\n",
            "größe \U0001f600\n".encode(),
            b"latin1 without saying so \xe4\xf6\n",
            b"half a character \xe2\x82\n",
            b"\xed\xa0\x80 surrogate, \xc0\x80 overlong\n",
            "noncharacters \ufdd0 \uffff\n".encode(),
            b"crlf\r\n\r\nbody\r\n",
        ],
    )
    def test_message(self, sandbox: Sandbox, message: bytes) -> None:
        agree(sandbox, on_a_branch(sandbox, message))

    @pytest.mark.parametrize(
        ("encoding", "text"),
        [
            (b"latin1", b"\xe4\xf6\n"),
            (b"ISO-8859-1", b"\xe4\n"),
            (b"CP1252", b"\x80 euro\n"),
            (b"CP1252", b"\x81 is nothing\n"),
            (b"EUC-JP", b"\xc6\xfc\xcb\xdc\n"),
            (b"Shift_JIS", b"\x93\xfa\x96{\n"),
            (b"KOI8-R", b"\xd0\xd2\n"),
            (b"UTF-8", b"\xc3\xa4\n"),
            (b"utf8", b"\xe4\n"),
            (b"no-such-encoding", b"\xe4\n"),
            (b"unicode_escape", b"\\u00e4\n"),
            (b"rot13", b"abc\n"),
        ],
    )
    def test_encoding(self, sandbox: Sandbox, encoding: bytes, text: bytes) -> None:
        """The author is re-encoded as well, and the header goes."""
        author = b"Ada \xe4 <ada@example.org> 1 +0000" if encoding == b"latin1" else AUTHOR

        agree(sandbox, on_a_branch(sandbox, text, author=author, extra=b"encoding %b\n" % encoding))

    @pytest.mark.parametrize(
        "author",
        [
            b"Ada <ada@example.org> 1700000000 -1130",
            b"Ada <ada@example.org> 0 +0000",
            b"Ada <> 1700000000 +0000",
            "Größe <a@b> 1700000000 +0000".encode(),
            b"Gr\xf6\xdfe <a@b> 1700000000 +0000",
            b'Ada "the" Author, Jr. <ada@example.org> 1700000000 +0000',
            b"Ada [bot] <1+ada[bot]@users.noreply.example.org> 1700000000 +0000",
        ],
    )
    def test_author(self, sandbox: Sandbox, author: bytes) -> None:
        agree(sandbox, on_a_branch(sandbox, b"subject\n", author=author))

    def test_signature(self, sandbox: Sandbox) -> None:
        """It would be wrong on the new commit."""
        signed = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n"

        agree(sandbox, on_a_branch(sandbox, b"signed\n", extra=signed))


def agree(sandbox: Sandbox, head: Sha) -> None:
    """Ours and git's are one."""
    sandbox.git("checkout", "--quiet", "-B", "upstream", "main")
    onto = sandbox.commit("upstream", {"b": "1"})

    assert as_real(sandbox, ours(sandbox, head, onto), onto) == really(sandbox, head, onto)


def test_our_name_is_written_as_the_committer(sandbox: Sandbox) -> None:
    """With the date that the caller gives; the author's stays."""
    head = on_a_branch(sandbox, b"subject\n")
    sandbox.git("checkout", "--quiet", "-B", "upstream", "main")
    onto = sandbox.commit("upstream", {"b": "1"})

    answer = ours(sandbox, head, onto)

    shown = sandbox.git("log", "-1", "--format=%an %at %cn %ce %ct", getattr(answer, "tip", "none"))
    assert shown == "Ada 1700000000 Mergebot bot@example.org 1760000000"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (b"plain", b"plain"),
        (b"", b""),
        (b"\xe4", "\u00e4".encode()),
        (b"a\xe4b\xf6c\xc3\xa4", "a\u00e4b\u00f6c\u00e4".encode()),
        (b"\xc3", "\u00c3".encode()),
    ],
)
def test_bytes_that_are_no_utf_8_are_taken_for_latin_1(text: bytes, cleaned: bytes) -> None:
    assert as_utf8(text) == cleaned
