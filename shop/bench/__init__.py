"""Benchmarks: ratios measured in one run, recorded with the machine they were measured on."""
