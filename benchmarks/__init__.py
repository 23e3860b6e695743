"""
What the client costs, as ratios to something that costs the same on every machine.
"""
