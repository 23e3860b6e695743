"""
The mock's own routes under `/_mock/`: access control and the control API, which `control.yaml` describes.
"""

from .access import Access, is_loopback
from .controls import Controls
from .endpoint import Endpoint, by_method
from .responses import error_response
from .routes import control_routes

__all__ = ["Access", "Controls", "Endpoint", "by_method", "control_routes", "error_response", "is_loopback"]
