"""`python -m lms.cli`: the same as `lms`."""

from lms.cli import main

main(prog_name="lms")
