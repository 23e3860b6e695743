"""
Faults: what the mock does wrong on request. `kinds` has the faults, `plan` those to come.
"""
