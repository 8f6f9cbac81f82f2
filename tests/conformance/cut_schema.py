"""Cut GitHub's GraphQL schema to what the test server answers: `python -m tests.conformance.cut_schema`.

Nothing is written by hand: the types and fields are those of the resolvers' tables, their arguments those that the
resolvers understand, everything else (types, nullability, defaults, enum values) is GitHub's. Descriptions are dropped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

from tests.conformance.github import full_sdl
from tests.server.graphql import SCHEMA
from tests.server.graphql_served import OBJECTS, fields_of
from tests.server.graphql_serving import Take

HEAD = """\
# Part of GitHub's public GraphQL schema, cut from @octokit/graphql-schema by tests/conformance/cut_schema.py.
# Do not edit: what the test server answers decides what is in it. `make conformance` holds it to the original.
"""
BUILT_IN = ("Int", "Float", "String", "Boolean", "ID")

Fielded = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode


def main() -> None:
    """Write the vendored schema anew."""
    SCHEMA.write_text(cut(full_sdl()), encoding="utf-8")


def cut(sdl: str) -> str:
    """The part of a schema that the test server serves, as text.

    Raises:
        LookupError: a resolver's field is not GitHub's, or gives a type that nobody serves.
    """
    definitions: dict[str, TypeDefinitionNode] = {}
    for node in parse(sdl).definitions:
        if isinstance(node, TypeDefinitionNode):
            definitions.setdefault(node.name.value, node)
    knife = _Knife(definitions)
    for name in ("Query", *OBJECTS):
        knife.keep(name)
    knife.settle_interfaces()
    return HEAD + "".join(f"\n{text}\n" for _, text in sorted(knife.texts()))


@dataclass
class _Knife:
    """What is kept so far: names of types, with the names of the fields that an object keeps."""

    full: dict[str, TypeDefinitionNode]
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def keep(self, name: str) -> None:
        """Keep a type, and what its kept fields lead to."""
        if name in self.kept or name in BUILT_IN:
            return
        node = self.full[name]
        self.kept[name] = ()
        if isinstance(node, ObjectTypeDefinitionNode):
            self.kept[name] = self._served(node)
            self._follow(node)
        elif isinstance(node, InputObjectTypeDefinitionNode):
            for entry in node.fields or ():
                self.keep(named(entry.type))

    def _served(self, node: ObjectTypeDefinitionNode) -> tuple[str, ...]:
        fields = fields_of(node.name.value)
        own = {entry.name.value for entry in node.fields or ()}
        if not fields or (node.name.value in OBJECTS and not set(fields) <= own):
            raise LookupError(f"{node.name.value}: {', '.join(sorted(set(fields) - own)) or 'nobody serves it'}")
        return tuple(name for name in fields if name in own)

    def _follow(self, node: ObjectTypeDefinitionNode) -> None:
        for entry in self.fields(node):
            self.keep(named(entry.type))
            for argument in self.arguments(node, entry):
                self.keep(named(argument.type))

    def settle_interfaces(self) -> None:
        """An interface that is kept has the fields that all its kept implementations have."""
        for name, node in self.full.items():
            if name in self.kept and isinstance(node, InterfaceTypeDefinitionNode):
                shared = [set(self.kept[one]) for one in self._implementations(name)]
                own = [entry.name.value for entry in node.fields or ()]
                self.kept[name] = tuple(entry for entry in own if all(entry in fields for fields in shared))

    def _implementations(self, interface: str) -> list[str]:
        found = [
            name
            for name, node in self.full.items()
            if name in self.kept and isinstance(node, ObjectTypeDefinitionNode)
            if any(one.name.value == interface for one in node.interfaces or ())
        ]
        if not found:
            raise LookupError(f"{interface}: nobody serves a type of it")
        return found

    def fields(self, node: Fielded) -> list[FieldDefinitionNode]:
        """The fields that a type keeps."""
        return [entry for entry in node.fields or () if entry.name.value in self.kept[node.name.value]]

    def arguments(self, node: Fielded, entry: FieldDefinitionNode) -> list[InputValueDefinitionNode]:
        """The arguments that the resolver of a field understands."""
        served = fields_of(node.name.value).get(entry.name.value)
        known = served.args if isinstance(served, Take) else ()
        if unknown := set(known) - {argument.name.value for argument in entry.arguments or ()}:
            raise LookupError(f"{node.name.value}.{entry.name.value} has no {', '.join(sorted(unknown))}")
        return [argument for argument in entry.arguments or () if argument.name.value in known]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Each kept type with its definition."""
        for name in self.kept:
            yield name, self._text(self.full[name])

    def _text(self, node: TypeDefinitionNode) -> str:
        name = node.name.value
        match node:
            case ScalarTypeDefinitionNode():
                return f"scalar {name}"
            case EnumTypeDefinitionNode():
                return f"enum {name} {braces(value.name.value for value in node.values or ())}"
            case UnionTypeDefinitionNode():
                return f"union {name} = {' | '.join(self._known(node.types))}"
            case InputObjectTypeDefinitionNode():
                return f"input {name} {braces(value(entry) for entry in node.fields or ())}"
            case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                kind = "type" if isinstance(node, ObjectTypeDefinitionNode) else "interface"
                parents = " & ".join(self._known(node.interfaces))
                return f"{kind} {name}{f' implements {parents}' if parents else ''} {self._fields(node)}"
        raise LookupError(name)

    def _known(self, names: Iterable[NamedTypeNode] | None) -> list[str]:
        return [one.name.value for one in names or () if one.name.value in self.kept]

    def _fields(self, node: Fielded) -> str:
        lines = []
        for entry in self.fields(node):
            arguments = ", ".join(value(argument) for argument in self.arguments(node, entry))
            lines.append(f"{entry.name.value}{f'({arguments})' if arguments else ''}: {print_ast(entry.type)}")
        return braces(lines)


def named(node: TypeNode) -> str:
    """The name in a type such as `[Name!]!`."""
    while not isinstance(node, NamedTypeNode):
        node = node.type  # type: ignore[attr-defined]
    return node.name.value


def value(node: InputValueDefinitionNode) -> str:
    """An argument or an input field, with its default."""
    default = f" = {print_ast(node.default_value)}" if node.default_value else ""
    return f"{node.name.value}: {print_ast(node.type)}{default}"


def braces(lines: Iterable[str]) -> str:
    """The body of a definition."""
    return "{\n" + "".join(f"  {line}\n" for line in lines) + "}"


if __name__ == "__main__":
    main()
