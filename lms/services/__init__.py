"""What the platform does. Functions take ids and an actor, never a request; each ends in one committed transaction."""
