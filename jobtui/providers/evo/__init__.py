"""Seequent Evo's Task API, version 0.0.2."""
