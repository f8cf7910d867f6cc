"""Polling, merging, storing and downloading: all that happens to jobs between the services and either face."""
