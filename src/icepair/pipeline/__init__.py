"""The journey from two addresses to a folder of results."""
