"""How a request reaches a service and how its answer leaves: the shell around every route, the same for all features.

`middleware.Shell` is the outermost layer; `guards.admit` runs before a body is read; `problems` shapes every refusal.
"""
