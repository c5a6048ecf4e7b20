"""What is served now: follows serving.yaml and the registry's alias, and holds at most one model."""

import asyncio
import os
import threading
import time
from pathlib import Path

import yaml
from serving_metrics import model_loaded_info, predictions_total
from serving_model import Loaded, load

POLL_SECONDS = 2.0
RETRY_SECONDS = 30.0
CONFIG = Path(os.environ.get("SERVING_CONFIG", "serving.yaml"))
EXAMPLE = "model: churn\nalias: champion"


class Server:
    """Holds at most one loaded model; `refresh` follows the file and the registry."""

    def __init__(self) -> None:
        self.loaded: Loaded | None = None
        self.why = "the server has just started and has not looked yet"
        self._failed: tuple[str, str] | None = None
        self._retry_at = 0.0
        self._lock = threading.Lock()

    def refresh(self, *, again: bool = False) -> None:
        """Look at serving.yaml and the registry, and load what they name; never raises."""
        with self._lock:
            try:
                self._refresh(again=again)
            except Exception as error:
                # Whatever the learner's file, registry or model does, the server says so and lives on.
                self._drop(f"{type(error).__name__}: {str(error)[:300]}")

    def _refresh(self, *, again: bool) -> None:
        wanted = read_config()
        if isinstance(wanted, str):
            return self._drop(wanted)
        name, alias = wanted
        try:
            version = find_version(name, alias)
        except Exception as error:
            # A registry that is away for a moment is no reason to stop serving what is in memory.
            if self.loaded and self.loaded.name == name:
                self.why = f"the registry does not answer ({type(error).__name__})"
                return None
            raise
        if version is None:
            return self._drop(f"the registry has no model '{name}' with the alias '{alias}'")
        if self.loaded and (self.loaded.name, self.loaded.version) == (name, version) and not again:
            return None
        # Loading in vain costs seconds each time; but the cause may have been a registry that was busy for once.
        if self._failed == (name, version) and not again and time.monotonic() < self._retry_at:
            return None
        self._failed, self._retry_at = (name, version), time.monotonic() + RETRY_SECONDS
        loaded = load(name, version)
        self._failed = None
        model_loaded_info.clear()
        model_loaded_info.labels(name, version).set(1)
        predictions_total.labels(name, version)
        self.loaded, self.why = loaded, ""
        return None

    def _drop(self, why: str) -> None:
        self.loaded, self.why = None, why
        model_loaded_info.clear()


def read_config() -> tuple[str, str] | str:
    """Give (model, alias) of serving.yaml, or a sentence about what is wrong with it."""
    try:
        data = yaml.safe_load(CONFIG.read_text())
    except FileNotFoundError:
        return f"there is no {CONFIG.name} in the workspace; write one with 'model:' and 'alias:'"
    except (OSError, ValueError, yaml.YAMLError) as error:
        return f"{CONFIG.name} cannot be read as YAML: {str(error)[:200]}"
    if not isinstance(data, dict) or not isinstance(data.get("model"), str):
        return f"{CONFIG.name} names no model; write for instance:\n{EXAMPLE}"
    alias = data.get("alias", "champion")
    if not isinstance(alias, str):
        return f"the alias in {CONFIG.name} is no text"
    return data["model"], alias


def find_version(name: str, alias: str) -> str | None:
    """Ask the registry which version carries the alias."""
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        return str(MlflowClient().get_model_version_by_alias(name, alias).version)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


async def follow(server: Server) -> None:
    """Refresh for ever, in a thread, so that requests are answered meanwhile."""
    while True:
        await asyncio.to_thread(server.refresh)
        await asyncio.sleep(POLL_SECONDS)
