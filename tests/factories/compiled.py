"""Templates are compiled once for all applications of a test process; each test has an application of its own."""

from types import CodeType

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

_known: dict[tuple[str, str], CodeType] = {}


class Compiled(BytecodeCache):
    """Keeps code by a template's place and what is written there."""

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = _known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            _known[bucket.key, bucket.checksum] = bucket.code


def compile_once(application: Flask) -> Flask:
    application.jinja_env.bytecode_cache = Compiled()
    return application
