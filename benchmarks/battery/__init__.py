"""Pairs with known ice, drawn by number, on which every method is measured."""
