"""Gateways to generation services: one path, `GET /task/{id}`, behind which each vendor answers in its own shape."""
