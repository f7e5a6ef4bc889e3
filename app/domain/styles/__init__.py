"""Interior styles to choose from, open to everyone and the same for everyone.

The whole catalogue is a few dozen rows: it is cached as one value in two tiers, and every list and every style is cut
from it as the bytes that are sent. `renovation seed` writes it and drops the cached value in every process.
Routes: `/api/styles`, `/api/styles/{slug}`, `/api/styles/search`.
"""
