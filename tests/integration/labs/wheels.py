"""A package to install in a lab: written by hand, so that no build tool is needed and nothing is fetched."""

import io
import zipfile

NAME = "only_here-1-py3-none-any.whl"


def wheel() -> bytes:
    """It has one empty module, `only_here`."""
    info, packed = "only_here-1.dist-info", io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("only_here.py", "")
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: only-here\nVersion: 1\n")
        said = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{info}/WHEEL", said)
        file.writestr(f"{info}/RECORD", f"only_here.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return packed.getvalue()
