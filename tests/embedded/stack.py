"""A whole `renovation up` of tiny stand-ins, to be started, hurt and stopped from outside.

python -m tests.embedded.stack up DATA_DIR PORT [--real-servers] [--failing-step] [--migrating] [--stubborn]
python -m tests.embedded.stack servers DATA_DIR
"""

import asyncio
import http.server
import json
import os
import sys
from pathlib import Path

import asyncpg

from app.embedded.children import Child
from app.embedded.lineup import Lineup
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.redis import EmbeddedRedis
from app.embedded.supervisor import up
from app.settings import Settings


class Ready(http.server.BaseHTTPRequestHandler):
    """Says what the API says once all have reported."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"workers": {"heavy": 1, "light": 1}}).encode())


def api() -> None:
    http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Ready).serve_forever()


def lineup(options: list[str]) -> Lineup:
    if "--migrating" in options:
        migrate = (sys.executable, "-m", "tests.embedded.stack", "migrate")
    else:
        migrate = ("sh", "-c", "echo the schema is broken; exit 3") if "--failing-step" in options else ("true",)
    idle, deaf = ("sleep", "600"), ("sh", "-c", "trap '' TERM; sleep 602")
    return Lineup(
        prepare=(Child("migrate", migrate),),
        first=Child("api", (sys.executable, "-m", "tests.embedded.stack", "api")),
        others=(
            Child("heavy", deaf if "--stubborn" in options else idle, grace_s=60.0),
            # A shell that starts another process: the whole group has to go, not only its leader.
            Child("light", ("sh", "-c", "sleep 601 & wait")),
        ),
        meanwhile=(Child("seed", ("true",)),),
    )


async def migrate_to(version: str) -> None:
    db = await asyncpg.connect(os.environ["DATABASE_URL"])
    await db.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num text)")
    await db.execute("DELETE FROM alembic_version")
    await db.execute("INSERT INTO alembic_version VALUES ($1)", version)
    await db.close()


async def servers(folder: Path) -> None:
    started = (EmbeddedPostgres(folder / "postgres", for_tests=True), EmbeddedRedis(folder / "redis"))
    for server in started:
        sys.stdout.write(f"{await server.start()}\n")
        sys.stdout.flush()
    await asyncio.sleep(600)


def main(mode: str, *words: str) -> int:
    if mode == "up":
        elsewhere = "" if "--real-servers" in words else "//nobody@localhost/nothing"
        settings = Settings(
            data_dir=Path(words[0]),
            port=int(words[1]),
            database_url=elsewhere and f"postgresql:{elsewhere}",
            redis_url=elsewhere and f"redis:{elsewhere}",
        )
        return asyncio.run(up(settings, lineup(list(words[2:]))))
    if mode == "servers":
        asyncio.run(servers(Path(words[0])))
    elif mode == "migrate":
        asyncio.run(migrate_to("newest"))
    else:
        api()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
