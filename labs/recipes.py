"""Fills a component's recipe with the values of one lab. Pure: what differs between providers comes in as `Values`."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Template
from urllib.parse import urlsplit

import bcrypt
from pydantic import SecretStr

from labs.components.loader import HERE
from labs.components.model import Component
from labs.naming import MARK
from labs.recipe_values import Values

_BCRYPT = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)


@dataclass(frozen=True)
class Filled:
    """A recipe without holes. `files` are contents by file name; they and the environment may hold secrets."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    files: Mapping[str, str]


def fill(component: Component, values: Values) -> Filled:
    """Fill the recipe of one component; the lab's token is in its environment only where the recipe asks for it."""
    recipe = component.recipe
    known = _known(component, values)
    own = {key: Template(value).substitute(known) for key, value in recipe.environment.items()}
    everything = variables(values) | own | {"ACADEMY_COMPONENT": component.name}
    if not recipe.knows_token:
        del everything["LAB_TOKEN"]
    return Filled(
        argv=tuple(Template(part).substitute(known) for part in recipe.run),
        environment=everything,
        files={name: Template(_text(component.name, name)).substitute(known) for name in recipe.files},
    )


def variables(values: Values) -> dict[str, str]:
    """Give the environment of everything that a learner runs in the lab: terminals, kernels, commands."""
    given = {
        key: Template(value).substitute(url=url(values, name), own_host=own_host(values, name))
        for name, one in values.components.items()
        for key, value in one.environment.items()
    }
    return {
        MARK: values.lab.mark,
        "PATH": f"{values.folders.layer}/bin:{values.path}",
        "VIRTUAL_ENV": values.folders.layer,
        "HOME": values.folders.home,
        "TMPDIR": values.folders.tmp,
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "LAB_WORK": values.folders.work,
        "PYTHONUNBUFFERED": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "GIT_PYTHON_REFRESH": "quiet",
        "MPLBACKEND": "agg",
        **values.inherited,
        **given,
        "LAB_TOKEN": values.lab.token.get_secret_value(),
    }


def own_host(values: Values, name: str) -> str:
    """Host and port by which the lab's processes reach a component."""
    return f"{values.places[name].host}:{values.places[name].port}"


def url(values: Values, name: str) -> str:
    """Where the lab's processes reach a component."""
    return f"http://{own_host(values, name)}"


def home_files(values: Values) -> dict[str, str]:
    """What the lab's home begins with: the prompt, and the notebook kernel that runs in the thin layer."""
    kernel = {
        "argv": [_python(values), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (lab)",
        "language": "python",
        "metadata": {"debugger": True},
    }
    return {
        ".bashrc": "PS1='\\[\\e[1;34m\\]\\w\\[\\e[0m\\] $ '\nalias ls='ls --color=auto'\n",
        "jupyter/kernels/python3/kernel.json": json.dumps(kernel),
    }


def _python(values: Values) -> str:
    return f"{values.folders.layer}/bin/python"


def _known(component: Component, values: Values) -> dict[str, str]:
    name, lab, folders = component.name, values.lab, values.folders
    own = values.places[name]
    known = {
        "python": _python(values), "locked_python": f"{folders.environment}/bin/python",
        "environment": folders.environment, "component": own.files, "work": folders.work, "home": folders.home,
        "state": own.state, "run": own.run, "listen": values.listen, "port": str(own.port),
        "url": url(values, name), "own_host": own_host(values, name), "own_name": own.host,
        "door_url": values.door_url, "door_host": urlsplit(values.door_url).netloc, "door_name": lab.host,
        "frame_origin": lab.frame_origin, "open": lab.open or "",
        "proxied": _proxied(values), "scrapes": _scrapes(values),
        "token_bcrypt": _token_bcrypt(lab.token) if component.credential == "basic" else "",
    }  # fmt: skip
    return known | {program: values.program(program) for program in component.recipe.needs}


def _text(name: str, file: str) -> str:
    return (HERE / name / file).read_text()


@lru_cache(maxsize=64)
def _token_bcrypt(secret: SecretStr) -> str:
    """The token as Prometheus takes it: always the same, so that the same order is the same plan.

    The token is random and long, so the cheapest cost is enough, and the salt may come from the token itself. It is
    counted once for a lab, not at every look at it.
    """
    token = secret.get_secret_value().encode()
    salt = base64.b64encode(hashlib.sha256(b"salt of " + token).digest()[:16]).rstrip(b"=").translate(_BCRYPT)
    return bcrypt.hashpw(token, b"$2b$04$" + salt).decode()


def _proxied(values: Values) -> str:
    """What the workspace's proxy serves, as JSON."""
    return json.dumps([
        {"name": name, "title": one.title, "host": values.places[name].host, "port": values.places[name].port,
         "credential": one.credential}
        for name, one in values.components.items() if one.proxied
    ])  # fmt: skip


def _scrapes(values: Values) -> str:
    """One Prometheus job per component that has metrics, as JSON, which is YAML too."""
    jobs = []
    for name, one in values.components.items():
        if one.metrics is None:
            continue
        job: dict[str, object] = {
            "job_name": name,
            "metrics_path": one.metrics,
            "static_configs": [{"targets": [own_host(values, name)]}],
        }
        if one.credential == "basic":
            job["basic_auth"] = {"username": "lab", "password": values.lab.token.get_secret_value()}
        jobs.append(job)
    more = {"files": [f"{values.folders.work}/prometheus/targets/*.yml"], "refresh_interval": "2s"}
    return json.dumps([*jobs, {"job_name": "workspace-targets", "file_sd_configs": [more]}])
