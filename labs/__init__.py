"""How a lab is described, run and examined. Knows no web framework, no database and no queue."""
