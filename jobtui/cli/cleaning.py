"""`jobtui clean`: what downloads that were cut left behind."""

from __future__ import annotations

from argparse import Namespace

from jobtui.cli import exit_codes, output
from jobtui.cli.outcomes import Outcomes
from jobtui.cli.session import read_settings
from jobtui.core.errors import UsageError
from jobtui.engine.downloads import remove_partial_files
from jobtui.settings.paths import expanded


def clean(options: Namespace) -> int:
    """Delete them, and print their names."""
    folder = read_settings(options).settings.download_dir if options.folder is None else expanded(options.folder)
    if options.folder is not None and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    gone = remove_partial_files(folder)
    outcomes = Outcomes(as_json=options.json, key="path")
    for path in gone:
        outcomes.done(str(path), "deleted")
    outcomes.close()
    if not gone:
        output.say(f"nothing to clean in {folder}")
    return exit_codes.DONE
