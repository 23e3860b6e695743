"""
The mock's own routes under `/_mock/`: access control and the control API, which `control.yaml` describes.
"""

from .access import Access
from .controls import Controls
from .endpoint import Endpoint, by_method
from .routes import control_routes

__all__ = ["Access", "Controls", "Endpoint", "by_method", "control_routes"]
