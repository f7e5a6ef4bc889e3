"""Who people are and how they prove it.

Somebody starts as a guest, who owns things but has neither address nor password; registering makes the same row a
user, so that everything stays theirs. Signing in from a guest's browser to an account that exists hands the guest's
things over. A browser proves itself with an opaque cookie, a program with an API key as a bearer token; only hashes of
either are kept, and ending a login or revoking a key counts from the next request on.
Routes: `/api/auth/*`, `/api/csrf-token`, `/api/me`, `/api/api-keys`. Messages: none.
"""
