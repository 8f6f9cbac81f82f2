"""What GitHub checks of a query before it runs it: bounds of every connection, 500,000 nodes, the cost in points."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from tests.server.graphql_serving import AnswerError

MOST_NODES = 500_000
MOST_PER_PAGE = 100


@dataclass(frozen=True)
class Cost:
    """`requests`: connections to be fetched, each once per parent; `nodes`: what the answer may hold at most."""

    requests: int = 0
    nodes: int = 0

    @property
    def points(self) -> int:
        """What a query is charged: a hundredth of its requests, at least one."""
        return max(1, round(self.requests / 100))

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.requests + other.requests, self.nodes + other.nodes)


def check_limits(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> Cost:
    """The cost of the document's operation.

    Raises:
        AnswerError: a connection without bounds, more than 100 in one page, or more than 500,000 nodes in all.
    """
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    operation = next(part for part in document.definitions if isinstance(part, OperationDefinitionNode))
    walk = _Walk(schema, fragments, {**_defaults(operation), **variables})
    root = schema.get_root_type(operation.operation)
    cost = walk.cost(operation.selection_set, root, 1) if root else Cost()
    if cost.nodes > MOST_NODES:
        words = f"This query requests up to {cost.nodes:,} possible nodes which exceeds the maximum limit of 500,000."
        raise AnswerError("MAX_NODE_LIMIT_EXCEEDED", words)
    return cost


@dataclass(frozen=True)
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def cost(self, selections: SelectionSetNode, parent: GraphQLNamedType, times: int) -> Cost:
        """What these selections cost where `times` parents may be found."""
        total = Cost()
        for node, kind in self._fields(selections, parent):
            found = getattr(kind, "fields", {}).get(node.name.value)
            if found is None or node.selection_set is None:
                continue
            inner = get_named_type(found.type)
            if inner.name.endswith("Connection"):
                size = self._size(node)
                total += Cost(requests=times, nodes=times * size)
                total += self.cost(node.selection_set, inner, times * size)
            else:
                total += self.cost(node.selection_set, inner, times)
        return total

    def _fields(
        self, selections: SelectionSetNode, parent: GraphQLNamedType
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield node, parent
                continue
            part = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            if isinstance(part, (FragmentDefinitionNode, InlineFragmentNode)):
                on = self.schema.get_type(part.type_condition.name.value) if part.type_condition else None
                yield from self._fields(part.selection_set, on or parent)

    def _size(self, node: FieldNode) -> int:
        name = node.name.value
        bounds = {argument.name.value: self._value(argument.value) for argument in node.arguments or ()}
        given = [(side, bounds[side]) for side in ("first", "last") if bounds.get(side) is not None]
        if not given:
            words = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            raise AnswerError("MISSING_PAGINATION_BOUNDARIES", words)
        if len(given) > 1:
            words = f"Passing both `first` and `last` to paginate the `{name}` connection is not supported."
            raise AnswerError("INVALID_PAGINATION_BOUNDARIES", words)
        [(side, size)] = given
        if size > MOST_PER_PAGE:
            words = f"Requesting {size} records on the `{name}` connection exceeds the `{side}` limit of 100 records."
            raise AnswerError("EXCESSIVE_PAGINATION", words)
        if size < 1:
            raise AnswerError(
                "INVALID_PAGINATION_BOUNDARIES", f"`{side}` on the `{name}` connection cannot be less than 1."
            )
        return int(size)

    def _value(self, node: object) -> Any:  # noqa: ANN401 (a value of the query's variables)
        if isinstance(node, IntValueNode):
            return int(node.value)
        return self.variables.get(node.name.value) if isinstance(node, VariableNode) else None


def _defaults(operation: OperationDefinitionNode) -> dict[str, int]:
    found = {}
    for definition in operation.variable_definitions or ():
        if isinstance(definition.default_value, IntValueNode):
            found[definition.variable.name.value] = int(definition.default_value.value)
    return found
