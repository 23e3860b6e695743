"""
Tests of the exporter.
"""
