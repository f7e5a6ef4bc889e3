"""Renovations: what one homeowner plans, from the first photo to the report.

A session has a phase, INTAKE to ITERATE, that it starts in and that only the phase rules move. Everything else hangs
from it: deleting one deletes its rooms, their pictures and renders, and ends the jobs that work for them.
Routes: `/api/sessions`, `/api/sessions/{sessionId}`.
"""
