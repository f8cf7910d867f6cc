"""`python -m jobtui`: the same as the `jobtui` command."""

import gc
import sys


def start() -> int:
    """Run the command line; an interrupt is no fault, not even while modules are still being loaded."""
    try:
        # What is loaded stays: collecting garbage meanwhile takes time and frees nothing.
        gc.disable()
        from jobtui.cli.main import main

        gc.enable()
        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(start())
