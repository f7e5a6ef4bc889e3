"""Exit 0 when the process of this container does its work: `healthcheck.py [api|heavy|light]`.

The API is asked whether it is alive, not whether it is ready: a database that is away is no reason to restart it. A
worker has no port; it is alive when Redis holds the sign of life it renews every two seconds.
"""

import socket
import sys
import urllib.request

import redis

from app.settings import Settings

TIMEOUT_S = 3


def main(kind: str) -> int:
    """Return the exit code for a container of this kind."""
    settings = Settings.load()
    try:
        return 0 if (_answers(settings) if kind == "api" else _reports(settings, kind)) else 1
    except (OSError, redis.RedisError) as error:
        sys.stderr.write(f"{kind}: {error}\n")
        return 1


def _answers(settings: Settings) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{settings.port}/health", timeout=TIMEOUT_S) as answer:
        return answer.status == 200


def _reports(settings: Settings, kind: str) -> bool:
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
    return any(True for _ in client.scan_iter(f"workers:{kind}:{kind}:{socket.gethostname()}:*", count=500))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "api"))
