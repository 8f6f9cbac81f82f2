"""The text of a path: safe, unique, and fit for globs."""

from hypothesis import given
from hypothesis import strategies as st

from mergebot.git.paths import raw, readable


class TestThePathAsText:
    @given(st.binary())
    def test_leads_back_to_the_path(self, path: bytes) -> None:
        """No two paths have one text, and none is lost."""
        assert raw(readable(path)) == path

    @given(st.binary())
    def test_holds_no_control_character_and_can_be_written_as_utf_8(self, path: bytes) -> None:
        """A name chosen by a stranger cannot move the cursor, break a line or make output fail."""
        text = readable(path)

        assert not any(ord(sign) < 0x20 or 0x7F <= ord(sign) < 0xA0 for sign in text)
        assert text.encode("utf-8").decode("utf-8") == text

    def test_keeps_its_folders_where_its_name_is_odd(self) -> None:
        """A glob such as `.github/**` holds for every name, or an odd name would slip past protected paths."""
        assert readable(b".github/\xff\n\\") == ".github/\\xff\\x0a\\\\"

    def test_is_the_path_itself_where_that_is_plain(self) -> None:
        assert readable("src/größe mit Leerzeichen.py".encode()) == "src/größe mit Leerzeichen.py"
