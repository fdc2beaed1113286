"""Scenes with known truth, written in the language of the real archive."""
