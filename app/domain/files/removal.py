"""Ordering the removal of everything stored for a session or a room, before its rows go."""
