"""Cloud over ice and snow: what the spectrum tells, and where its shadow falls."""

from icepair.optical.clouds.probability import CIRRUS_FROM, cloud_probability
from icepair.optical.clouds.shadow import Shadow, shadow_of

__all__ = ["CIRRUS_FROM", "Shadow", "cloud_probability", "shadow_of"]
