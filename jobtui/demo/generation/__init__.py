"""The demo's gateway to generation services: one address, six vendors, as many shapes."""

from jobtui.demo.generation.quirks import Quirks
from jobtui.demo.generation.service import GenerationService

__all__ = ["GenerationService", "Quirks"]
