"""Scenes that lie on a grid already: GeoTIFFs of one or of many bands, of either sensor."""
