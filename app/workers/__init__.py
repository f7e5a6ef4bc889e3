"""The two worker processes and what keeps the ledger moving: relay, reaper and clockwork."""
