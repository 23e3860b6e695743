"""
How the exporter is tested.
"""
