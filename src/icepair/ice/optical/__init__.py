"""Ice or water from the optical sensor's reflectance, by several methods."""
