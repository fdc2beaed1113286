"""Cloud over ice and snow: what the spectrum tells, and where its shadow falls."""

from icepair.optical.clouds.learned import LEARNED_BANDS, learned_probability, require_learned
from icepair.optical.clouds.probability import CIRRUS_FROM, cloud_probability
from icepair.optical.clouds.shadow import Shadow, shadow_of

__all__ = [
    "CIRRUS_FROM",
    "LEARNED_BANDS",
    "Shadow",
    "cloud_probability",
    "learned_probability",
    "require_learned",
    "shadow_of",
]
