"""`python -m jobtui`: the same as the `jobtui` command."""

import sys


def start() -> int:
    """Run the command line; an interrupt is no fault, not even while modules are still being loaded."""
    try:
        from jobtui.cli.main import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(start())
