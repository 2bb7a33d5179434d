"""Benchmarks and the simulator that judges the product."""
