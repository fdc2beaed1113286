"""Where a pixel is: grids, footprints, the radar's swath, the sea's height."""
