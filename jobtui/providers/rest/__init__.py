"""Job APIs that a TOML file describes; `description.py` says what stands in it."""
