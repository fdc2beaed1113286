"""Medians over square windows, fast and nodata-aware."""
