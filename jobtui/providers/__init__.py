"""Code that speaks to remote job APIs: one folder each, over one shared HTTP layer."""
