"""Ice or water from the radar's backscatter, by several methods."""
