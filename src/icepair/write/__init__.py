"""Leaving: NetCDF, cloud-optimised GeoTIFF, pictures."""
