"""Real PostgreSQL and Redis as child processes on loopback, and the process that keeps everything running.

For a laptop and for tests: no account, no container, no system package. `postgres.py` and `redis.py` hold one server
each, `supervisor.py` runs them with the API and the workers, `throwaway.py` lends both to a test run. The programs
come from two wheels that are used as mere carriers and never imported, because importing them changes the machine
(permissions of parent folders, a system user, servers started behind one's back).
"""
