"""One terminal screen, and one command line, for asynchronous jobs on remote HTTP APIs."""

__version__ = "0.1.0"
