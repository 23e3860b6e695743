"""
Programs that run in interpreters of their own; each prints one number.
"""
