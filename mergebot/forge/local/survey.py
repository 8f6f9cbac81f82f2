"""What there is to say of a plain git repository beyond its queue, for `mergebot doctor`."""

from mergebot.config import CONFIG_PLACES
from mergebot.forge.local.places import STATUS, Places
from mergebot.model.survey import LocalSurvey


def survey(places: Places) -> LocalSurvey:
    """Which of the files are there; what stands in them, the plan tells."""
    found = (place for place in CONFIG_PLACES if (places.root / place).exists())
    return LocalSurvey(
        repository=places.root.name,
        git=places.git.version,
        status_path=STATUS,
        has_status=places.status.exists(),
        config_path=next(found, CONFIG_PLACES[0]),
    )
