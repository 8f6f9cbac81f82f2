"""mergebot's memory as bytes: what is written is what is read, and what strangers write there breaks nothing."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mergebot.forge.github.memory import MOST_OUTGROWN, Memory, OwnComment, Refusal, dumped, parse
from mergebot.model.ids import PrNumber, Sha

NUMBERS = st.integers(1, 10**17).map(PrNumber)
SHAS = st.text("0123456789abcdef", min_size=40, max_size=40).map(Sha)
MEMORIES = st.builds(
    Memory,
    heads=st.dictionaries(NUMBERS, SHAS, max_size=4),
    outgrown=st.dictionaries(NUMBERS, st.lists(SHAS, min_size=1, max_size=MOST_OUTGROWN).map(tuple), max_size=4),
    refusals=st.dictionaries(NUMBERS, st.builds(Refusal, head=SHAS, words=st.text(min_size=1), signs=st.text())),
    comments=st.dictionaries(NUMBERS, st.builds(OwnComment, id=st.integers(0, 2**62), digest=st.text()), max_size=4),
    answered=st.dictionaries(
        NUMBERS, st.sets(st.integers(0, 2**62), min_size=1, max_size=9).map(lambda ids: tuple(sorted(ids))), max_size=4
    ),
    frozen=st.text(max_size=9),
    base=st.text(min_size=1, max_size=9),
    order=st.lists(NUMBERS, max_size=4).map(tuple),
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=41),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["7", "prs", "head"]), inner),
    max_leaves=6,
)


@given(MEMORIES)
def test_what_is_written_is_what_is_read(memory: Memory) -> None:
    assert parse(dumped(memory)) == memory


@given(st.sampled_from(["head", "outgrown", "refused", "comment", "answered"]), JUNK)
def test_junk_is_left_out_and_takes_nothing_along(name: str, junk: Any) -> None:  # noqa: ANN401 (JSON)
    good = {"head": "a" * 40, "outgrown": ["b" * 40]}
    found = parse(json.dumps({"schema": 1, "prs": {"7": {**good, name: junk}, "8": good}}).encode())
    assert (found.heads[PrNumber(8)], found.outgrown[PrNumber(8)]) == ("a" * 40, ("b" * 40,))
    assert all(len(sha) in (40, 64) for shas in found.outgrown.values() for sha in shas)
