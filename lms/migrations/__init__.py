"""The database's history; `lms up` applies it."""
