"""How authored files are read: typed objects, and every problem with its file, line and mend."""

from schema.content import Content, Slug, Text
from schema.problems import Problem, Problems, amount
from schema.reader import Sourced, read_source, read_yaml

__all__ = ["Content", "Problem", "Problems", "Slug", "Sourced", "Text", "amount", "read_source", "read_yaml"]
