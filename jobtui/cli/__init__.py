"""The command line: arguments, verbs, output and exit codes."""
