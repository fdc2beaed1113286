"""From a net of nodes to resampled values in one pass, without arrays of positions."""
