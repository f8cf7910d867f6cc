"""Parts of the main screen, each fed from above and telling upwards."""
