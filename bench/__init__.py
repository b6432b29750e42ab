"""Benchmarks: each thing beside its floor, measured in one run, so that a noisy machine is fair."""
