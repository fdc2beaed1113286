"""Requests over HTTP: sent, signed in, checked, repeated, and explained where they fail."""
