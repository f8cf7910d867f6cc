"""What the user configured: file, environment and flags become one checked value; secrets are read when needed."""
