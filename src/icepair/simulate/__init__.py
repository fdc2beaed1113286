"""Scenes with known truth, written in the language of the real archive."""

from icepair.simulate.pair import SimulatedPair, simulate_pair
from icepair.simulate.settings import PairSettings

__all__ = ["PairSettings", "SimulatedPair", "simulate_pair"]
