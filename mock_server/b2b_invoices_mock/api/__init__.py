"""
The API's operations, and what a request passes on its way to one.
"""
