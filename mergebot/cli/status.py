"""`mergebot status`: the dashboard."""

import time

import click

from mergebot.cli.inputs import config_given, open_forge
from mergebot.cli.options import common, settings_of
from mergebot.cli.output import emit, look
from mergebot.cycle import plan_once
from mergebot.report.dashboard import dashboard


@click.command("status")
@common
def command() -> None:
    """Show the dashboard of the fleet."""
    snapshot, _, plan = plan_once(open_forge(), config=config_given(), now=time.time())
    emit(dashboard(snapshot, plan, look(no_color=settings_of().no_color)))
