"""The demo: the main job end to end, driven over HTTP like a user, counted in the database."""
