"""
Faults: what the mock does wrong on request.
"""
