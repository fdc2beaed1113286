"""Weighted means of source pixels around a position."""
