"""Faults on purpose: processes are killed, frozen and cut off under load, and it is counted what was lost or doubled.

`world.py` starts a whole installation, whose API and workers know one more kind of job (`errands.py`). `people.py`
orders over HTTP and keeps what was acknowledged; `judge.py` decides from that alone, by looking into the tables. Each
fault is a function in `worker_faults.py`, `server_faults.py`, `api_faults.py` or `mix.py`, registered in `faults.py`. A
fault test that cannot fail proves nothing: `guards/` holds, for each, a patch that removes what protects against it.
"""
