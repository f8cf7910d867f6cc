"""`jobtui clean`: what downloads that were cut left behind."""

from __future__ import annotations

from argparse import Namespace

from jobtui.cli import exit_codes, output
from jobtui.cli.session import read_settings
from jobtui.engine.downloads import remove_partial_files
from jobtui.settings.paths import expanded


def clean(options: Namespace) -> int:
    """Delete them, and print their names."""
    folder = read_settings(options).settings.download_dir if options.folder is None else expanded(options.folder)
    gone = remove_partial_files(folder)
    for path in gone:
        output.line(str(path))
    if not gone:
        output.say(f"nothing to clean in {folder}")
    return exit_codes.DONE
