"""Every REST route that the test server knows; any other request fails the test."""

from tests.server import rest_apps, rest_issues, rest_pulls, rest_repos, rest_survey

ROUTES = rest_pulls.ROUTES + rest_issues.ROUTES + rest_repos.ROUTES + rest_apps.ROUTES + rest_survey.ROUTES
