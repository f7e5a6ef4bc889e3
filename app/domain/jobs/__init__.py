"""Jobs as their owners see them: list, follow, cancel, ask again.

The ledger itself is in `app/queue`; this feature is its window. Cancelling ends the job at once and shuts out the
worker that is on it, whose vendor call is then stopped; retrying is for jobs that failed.
"""
