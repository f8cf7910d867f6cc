"""What covers the whole terminal: the main screen and its dialogs."""
