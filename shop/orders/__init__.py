"""Orders from every source, one state machine. Owns orders, their lines and their events."""
