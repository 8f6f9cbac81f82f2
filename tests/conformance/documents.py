"""The GraphQL documents that stand in the client's code, found by reading its source."""

import ast
import importlib
from pathlib import Path
from types import ModuleType

from graphql import FragmentDefinitionNode, GraphQLSyntaxError, OperationDefinitionNode, parse

from mergebot.forge import github as client

FOLDER = Path(client.__file__).parent
WORDS = ("query ", "mutation ", "fragment ", "subscription ")


def documents() -> dict[str, str]:
    """Every document of the client by the name of its constant or file; those with operations and bare fragments."""
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.graphql")}
    for path in sorted(FOLDER.rglob("*.py")):
        if any(word in path.read_text(encoding="utf-8") for word in WORDS):
            name = ".".join(("mergebot", *path.relative_to(FOLDER.parents[1]).with_suffix("").parts))
            found |= _constants(importlib.import_module(name), path)
    return found


def is_whole(document: str) -> bool:
    """Whether a document has an operation, so that it can be sent as it is."""
    return any(isinstance(part, OperationDefinitionNode) for part in parse(document).definitions)


def _constants(module: ModuleType, path: Path) -> dict[str, str]:
    names = [
        target.id
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        for target in _targets(node)
        if isinstance(target, ast.Name)
    ]
    values = {f"{path.name}:{name}": getattr(module, name) for name in names}
    return {name: value for name, value in values.items() if isinstance(value, str) and _is_document(value)}


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def _is_document(text: str) -> bool:
    try:
        parsed = parse(text)
    except GraphQLSyntaxError:
        return False
    named = (OperationDefinitionNode, FragmentDefinitionNode)
    return all(isinstance(part, named) for part in parsed.definitions) and text.lstrip().startswith(WORDS)
