"""A configuration to start from, and the schema that editors check it with."""

from __future__ import annotations

import ast
import os
from inspect import cleandoc, getsource
from itertools import pairwise
from pathlib import Path

from jobtui.core.errors import SettingsError
from jobtui.core.jobs import JsonObject
from jobtui.settings.paths import private_folder

TEMPLATE = """\
# jobtui's configuration. Every key with its meaning: jobtui config schema
# A flag beats an environment variable (JOBTUI_THEME, JOBTUI_SOURCES__EVO__INTERVAL, ...), which beats this file.

# theme = "textual-dark"             # without it, dark or light as the terminal is
# download_dir = "~/Downloads"
# notify = ["bell", "osc9"]          # when a watched job ends: bell, osc9, osc777
# quiet = ["22:00-07:00"]            # no sound then
# notify_after = "30s"               # no sound for jobs that took less
# on_finish = "notify-send {state} {address}"
# keymap = "default"                 # or "k9s"
# columns = ["source", "job", "state", "progress", "eta", "age"]
# slow_line = true                   # send less to the terminal; found out by itself where answers take long
# clipboard = "osc52"                # copy through the terminal, not with wl-copy, xclip or the like

# [json_columns]                     # further columns, from the service's last answer about a job
# cost = "usage.credits"

# [filters]                          # tabs over the list, chosen by number
# running = "state:running"
# failed = "state:failed age<1d"

# [keys]                             # on top of keymap, by an action's id; "none" takes a key away
# cancel = "x"

# [commands.logs]                    # a command of your own, by a key and in the palette
# run = "less +F /srv/logs/{id}.log" # without a shell, for each marked job or the current one
# key = "f2"
# screen = true                      # it gets the terminal; else it runs beside the screen
# sources = ["graph"]
# confirm = true                     # ask first

# A secret is { env = "NAME" }, { file = "path" }, { command = "prints it" }, { keyring = "service/user" } or a plain
# text. After `jobtui config init` only you can read this file; keep it so if you write a plain one.

# [sources.graph]
# provider = "nebula"                # NebulaGraph Explorer workflows
# base_url = "http://explorer.example:7002"
# login = { user = "root", password = { env = "NEBULA_PASSWORD" }, address = "graphd.example", port = 9669 }
# workflows = ["4216617528"]         # without it, the jobs of all workflows

# [sources.evo]
# provider = "evo"                   # Seequent Evo compute tasks
# base_url = "https://au.api.seequent.com"
# org_id = "00000000-0000-0000-0000-000000000000"
# token = { command = "print-evo-token" }
# # oauth = { client_id = "my-app", client_secret = { env = "EVO_CLIENT_SECRET" } }   # in place of token
# preview = true                     # send API-Preview: opt-in

# [sources.media]
# provider = "generation"            # a gateway to image and video models
# base_url = "https://gateway.example"
# token = { env = "GATEWAY_KEY" }
# interval = 10.0                    # seconds between two looks at a running job; 0 = only by hand
# max_per_minute = 60
# read_only = true                   # no submit, no cancel
# verify_tls = true                  # or a file with certificate authorities
# auto_download = true               # save what its jobs leave, as soon as they succeed

# [sources.models]
# provider = "http"                  # any REST API that runs jobs, as a TOML file describes it
# base_url = "https://api.replicate.com"
# token = { env = "REPLICATE_API_TOKEN" }
# api = "builtin:replicate"          # or builtin:runway, builtin:ogc-processes, or a file beside this one
"""
"""Everything commented out, so that it is valid and changes nothing."""


EXAMPLE = """\
[sources.graph]
provider = "nebula"
base_url = "http://explorer.example:7002"
login = { user = "root", password = { env = "NEBULA_PASSWORD" }, address = "graphd.example", port = 9669 }

[sources.evo]
provider = "evo"
base_url = "https://au.api.seequent.com"
org_id = "00000000-0000-0000-0000-000000000000"
token = { command = "print-evo-token" }

[sources.media]
provider = "generation"
base_url = "https://gateway.example"
token = { env = "GATEWAY_KEY" }

[sources.models]
provider = "http"                    # any REST API, as a TOML file or one that comes along describes it
base_url = "https://api.replicate.com"
token = { env = "REPLICATE_API_TOKEN" }
api = "builtin:replicate"
"""
"""One source of each kind, short enough for a screen."""


def write_template(file: Path) -> None:
    """Put the template there, for its owner alone. Raises `SettingsError`, also where a file exists already."""
    private_folder(file.parent)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SettingsError(f"{file} exists already", hint="It was left as it is.") from None
    except OSError as error:
        raise SettingsError(f"{file} can't be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(TEMPLATE)
    except OSError as error:
        # Half a file would be read the next time, and stand in the way of a whole one.
        file.unlink()
        raise SettingsError(f"{file} can't be written: {error.strerror}") from None


def schema() -> JsonObject:
    """The configuration's JSON schema, in which each key has the docstring of its field for a description."""
    from jobtui.settings import model

    document: JsonObject = model.Settings.model_json_schema()
    tables = {model.Settings.__name__: document}
    parts = document.get("$defs")
    if isinstance(parts, dict):
        tables |= {name: part for name, part in parts.items() if isinstance(part, dict)}
    # pydantic itself would read them as each class is made: 50 ms of every command.
    for name, meanings in _meanings(getsource(model)).items():
        keys = tables[name].get("properties") if name in tables else None
        for key, keyed in keys.items() if isinstance(keys, dict) else ():
            if isinstance(keyed, dict) and key in meanings:
                keyed["description"] = meanings[key]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def _meanings(source: str) -> dict[str, dict[str, str]]:
    """The docstrings of the fields of each class of a module, those that it has from its bases too."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        own = found[node.name] = {}
        for base in node.bases:
            if isinstance(base, ast.Name):
                own |= found.get(base.id, {})
        for field, text in pairwise(node.body):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    own[name] = cleandoc(words)
    return found
