"""How the database came to be as it is; each migration suits the release before it, too."""
