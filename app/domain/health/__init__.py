"""Is it alive, can it serve, how is it doing: for load balancers, operators and Prometheus."""
