"""A generated fleet: many heads on one base, with renames, conflicts, stacks and merges inside, and all to be asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.questions import (
    Collisions,
    Contains,
    Forecast,
    Link,
    Overlap,
    Question,
    Replay,
    SamePatch,
    Squash,
)
from tests.git.histories import AUTHORS, KINDS, PATHS, Edit, Node, Step, Story
from tests.sandbox import Sandbox


@dataclass(slots=True)
class Fleet:
    """`base`: its commits, oldest first. `heads`: with the head that each is built on, if it is on one."""

    base: list[Sha]
    heads: list[Sha]
    parents: dict[Sha, Sha] = field(default_factory=dict)

    def questions(self) -> Iterator[Question]:
        """All that a pass may ask about them, one by one."""
        tip = self.base[-1]
        for head, after in zip(self.heads, self.heads[1:], strict=False):
            below = (self.parents[head],) if head in self.parents else ()
            yield Squash(base=tip, head=head)
            yield Replay(head=head, excluded=below, onto=tip)
            yield Replay(head=head, excluded=below, onto=after, union_paths=("dir/**",))
            yield SamePatch(base=tip, old=head, new=after)
            yield Overlap(base=tip, head=head)
            yield Contains(head=head, commit=below[0] if below else after)

    def links(self) -> tuple[Link, ...]:
        """All of them as a pass has them land: what is built on another one without that."""
        return tuple(
            Link(pr=PrNumber(number), head=head, excluded=(self.parents[head],) if head in self.parents else ())
            for number, head in enumerate(self.heads, 1)
        )

    def matrix(self) -> list[Question]:
        """The questions about all of them together."""
        base, links = self.base[-1], self.links()
        plain = tuple(Link(pr=link.pr, head=link.head) for link in links)
        return [
            Collisions(base=base, links=plain),
            Forecast(base=base, links=links),
            Collisions(base=base, links=links),
        ]


def write_fleet(sandbox: Sandbox, random: Random, *, size: int) -> Fleet:
    """Make such a fleet; the same numbers give the same one."""
    story = Story()
    line = [story.add(_step(random, 0), [])]
    for _ in range(random.randint(1, 6)):
        line.append(story.add(_step(random, 2), [line[-1]]))
    heads: list[Node] = []
    below: dict[int, int] = {}
    for _ in range(size):
        start = random.choice([*line, *heads[-3:]])
        if start in heads:
            below[len(heads)] = heads.index(start)
        heads.append(_head(story, random, start, line))
    shas = story.write(sandbox)
    tips = [shas[head.mark] for head in heads]
    return Fleet(
        base=[shas[node.mark] for node in line],
        heads=tips,
        parents={tips[number]: tips[parent] for number, parent in below.items() if tips[number] != tips[parent]},
    )


def _head(story: Story, random: Random, start: Node, others: Sequence[Node]) -> Node:
    """A head of some commits on `start`; at times it has merged another commit of base in between."""
    steps = [
        _step(random, 2, merges=random.choice([None, None, None, random.randint(0, 9)]))
        for _ in range(random.randint(1, 3))
    ]
    return story.branch(start, steps, others)


def _step(random: Random, most: int, *, merges: int | None = None) -> Step:
    edits = [_edit(random) for _ in range(random.randint(min(1, most), most))]
    return Step(
        edits=edits,
        message=f"number {random.randint(0, 99)}\n",
        author=random.choice(AUTHORS[:2]),
        minute=random.randint(0, 2),
        merges=merges,
    )


def _edit(random: Random) -> Edit:
    kind = random.choice(KINDS)
    path, other = (
        random.choice((*PATHS, "bin", "link", "new/a", "new/n")),
        random.choice((*PATHS, "dir", "lib", "new/x")),
    )
    return Edit(kind=kind, path=path, other=other, line=random.randint(0, 11))


def without_blobs(sandbox: Sandbox, path: Path, tips: Sequence[Sha]) -> Sandbox:
    """A bare repository with the commits and trees of another, and none of its files."""
    bare = Sandbox.create(path, bare=True)
    lines = "".join(f"{sha}\n" for sha in tips).encode()
    pack = sandbox.raw("pack-objects", "--quiet", "--stdout", "--revs", "--filter=blob:none", stdin=lines)
    bare.raw("index-pack", "--stdin", "--fix-thin", stdin=pack)
    return bare


def with_blobs(sandbox: Sandbox, bare: Sandbox, path: Path, blobs: Sequence[Sha]) -> Sandbox:
    """A copy of the latter that has these files after all."""
    copy = Sandbox.create(path, bare=True)
    (copy.path / "objects/info/alternates").write_text(f"{bare.path / 'objects'}\n")
    if blobs:
        pack = sandbox.raw("pack-objects", "--quiet", "--stdout", stdin="".join(f"{sha}\n" for sha in blobs).encode())
        copy.raw("index-pack", "--stdin", stdin=pack)
    return copy
