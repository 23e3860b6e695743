"""
Tests of the contract and of the harness itself; the checks are one folder up.
"""
