"""
Programs that a benchmark runs in an interpreter of their own; each prints one number.
"""
