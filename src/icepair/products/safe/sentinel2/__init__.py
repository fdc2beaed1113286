"""Sentinel-2 products in the SAFE layout."""
