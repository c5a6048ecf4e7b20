"""What pages load: a few built files from npm and a sprite of the icons in use. Nothing of it is committed."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

from steps import CHECKOUT, VENV, SetupError, digest, read_stamp, run, step, write_stamp

WEB = CHECKOUT / "lms" / "web"
VENDOR = WEB / "static" / "vendor"
MODULES = CHECKOUT / "node_modules"
SOURCES = [CHECKOUT / "package-lock.json", WEB / "vendor_files", WEB / "icons.txt", Path(__file__)]
SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
INVISIBLE = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


def front_end() -> None:
    """static/vendor as package-lock.json, vendor_files and icons.txt ask for it."""
    wanted = digest(*SOURCES)
    if read_stamp("front end") == wanted and (VENDOR / "manifest.json").exists():
        return
    with step("front-end files"):
        _install_modules()
        _publish(read_vendor_files(WEB / "vendor_files"), read_icons(WEB / "icons.txt"))
    write_stamp("front end", wanted)


def _install_modules() -> None:
    lock = digest(CHECKOUT / "package-lock.json")
    if read_stamp("npm") == lock and MODULES.is_dir():
        return
    run(
        [VENV / "bin" / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        why="The front-end packages could not be installed",
        mend="Is an npm registry reachable? A mirror of your site is set with `npm config set registry ...`.",
        env=_site_settings(),
    )
    write_stamp("npm", lock)


def _site_settings() -> dict[str, str]:
    """Our npm lives in the environment and looks there for the machine's npmrc; show it the real one."""
    machine_wide = [Path(folder) / "npmrc" for folder in ("/usr/etc", "/usr/local/etc", "/etc", "/opt/homebrew/etc")]
    found = next((str(path) for path in machine_wide if path.is_file()), None)
    return {"NPM_CONFIG_GLOBALCONFIG": found} if found and "NPM_CONFIG_GLOBALCONFIG" not in os.environ else {}


def lines_of(path: Path) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]


def read_vendor_files(path: Path) -> dict[str, Path]:
    """Published name -> file of node_modules; all missing ones are named at once."""
    wanted = {name: MODULES / source for source, name in (line.split() for line in lines_of(path))}
    missing = [str(source.relative_to(MODULES)) for source in wanted.values() if not source.is_file()]
    if missing:
        raise SetupError(f"{path.relative_to(CHECKOUT)} names files that npm did not install: {', '.join(missing)}.")
    return wanted


def read_icons(path: Path, *, folder: Path = MODULES / "@tabler" / "icons" / "icons") -> dict[str, str]:
    """Icon name -> its shapes; all unknown ones are named at once."""
    shapes: dict[str, str] = {}
    unknown = []
    for name in lines_of(path):
        source = folder / f"{name}.svg" if "/" in name else folder / "outline" / f"{name}.svg"
        found = SHAPES.search(source.read_text()) if source.is_file() else None
        if found is None:
            unknown.append(name)
        else:
            shapes[name.replace("/", "-")] = " ".join(INVISIBLE.sub("", found.group(1)).split())
    if unknown:
        raise SetupError(
            f"{path.name} lists icons that Tabler does not have: {', '.join(unknown)}. "
            f"Take names from node_modules/@tabler/icons/icons/outline."
        )
    return shapes


def sprite(icons: dict[str, str]) -> str:
    """One SVG of symbols; colour and stroke come from the page's CSS (class `icon`)."""
    symbols = []
    for name, shapes in icons.items():
        paint = 'fill="currentColor"' if name.startswith("filled-") else 'fill="none" stroke="currentColor"'
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" {paint} stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _publish(files: dict[str, Path], icons: dict[str, str]) -> None:
    """Fill a new folder and swap it in; manifest.json gives each file's content hash for its address."""
    building = VENDOR.with_name(".vendor-new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for name, source in files.items():
        content = source.read_bytes()
        if source.suffix in {".css", ".js"}:
            content = re.sub(rb"\n?(/\*#|//#) sourceMappingURL=[^\n]*", b"", content)
        (building / name).write_bytes(content)
    (building / "icons.svg").write_text(sprite(icons))
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in sorted(building.iterdir())}
    (building / "manifest.json").write_text(json.dumps(hashes, indent=1) + "\n")
    shutil.rmtree(VENDOR, ignore_errors=True)
    building.rename(VENDOR)
