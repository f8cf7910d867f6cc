"""Recordings of what was asked and answered: what goes into them, what stays out, and reading them again."""
