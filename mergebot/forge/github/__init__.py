"""GitHub as a forge: pull requests by GraphQL, writes by REST, commits by git. See docs/decisions/0006."""
