"""
Benchmarks: ratios of our code to something measured next to it.
"""
