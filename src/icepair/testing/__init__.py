"""Slow, obvious references and fakes for tests, documentation and benchmarks."""
