"""The `lms` command as it can be pasted where this process was started: for hints and error messages."""

import shlex
import shutil
import sys
from pathlib import Path

from lms.config import Settings

_TOLD_BY_VARIABLE = ("home", "instance", "port", "public_url")
DEMO = "demo"
DEMO_PORT = 8001


def command(words: str, settings: Settings | None = None) -> str:
    """`lms WORDS` for the same instance as `settings`: its variables, or `--demo`, stand there if need be."""
    parts = [*_variables(settings), _program(), words] if settings else [_program(), words]
    # `lms demo ...` means that instance already, and knows no such option.
    named = settings is None or settings.instance != DEMO or words.startswith(f"{DEMO} ")
    return " ".join(parts if named else [*parts, "--demo"])


def start_command(settings: Settings) -> str:
    """What starts the instance of `settings` in its checkout: `make up` or `make demo`, behind its variables."""
    return " ".join([*_variables(settings), "make", DEMO if settings.instance == DEMO else "up"])


def _program() -> str:
    """`lms` alone where the shell finds this very one, else the way to it from the current folder."""
    script = Path(sys.executable).parent / "lms"
    found = shutil.which("lms")
    if found is not None and Path(found).absolute() == script:
        return "lms"
    try:
        return shlex.quote(str(script.relative_to(Path.cwd())))
    except ValueError:
        return shlex.quote(str(script))


def _variables(settings: Settings) -> list[str]:
    usual = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in _TOLD_BY_VARIABLE}
    if settings.instance == DEMO:
        usual |= {"instance": DEMO, "port": DEMO_PORT}
    told = {name: getattr(settings, name) for name in _TOLD_BY_VARIABLE}
    return [f"ACADEMY_{name.upper()}={shlex.quote(str(told[name]))}" for name in told if told[name] != usual[name]]
