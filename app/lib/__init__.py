"""Tools that know nothing of renovation, HTTP or the database."""
