"""Products in the SAFE layout, written small for tests."""
