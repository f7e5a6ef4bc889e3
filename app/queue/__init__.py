"""The job ledger, the outbox and the live streams: how accepted work gets done, and how people hear of it.

The `jobs` row is the job; a broker message is only a wake-up with its id. Start with `messages` (what is ordered and
told), `declare` (`@job`), `outbox` (ordering and telling inside a transaction), `run` (what a job's code is given),
`ledger` (the SQL of a job's life) and `live` (the streams browsers follow).
"""
