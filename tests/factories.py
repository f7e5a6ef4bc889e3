"""One builder per table, each making its own parents; `sign_in` gives the headers of a signed-in user."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import ApiKey, Asset, Base, Job, LoginSession, Notification, Render, RenovationSession, Room, User
from app.lib.clock import now
from app.lib.ids import new_id
from app.lib.text import fold_email
from app.web import csrf

SECRET_KEY = "test-key-test-key-test-key-test-key-test-key"


async def save(db: AsyncSession, row: Base) -> Any:
    """Write a row and return it."""
    db.add(row)
    await db.flush()
    return row


async def make_user(db: AsyncSession, role: str = "user", **values: Any) -> User:
    """Make a registered user; `role="guest"` makes a guest."""
    if role != "guest":
        values.setdefault("email", f"{secrets.token_hex(6)}@example.com")
        values.setdefault("email_folded", fold_email(values["email"]))
        values.setdefault("password_hash", "not-a-hash")
    return await save(db, User(id=new_id(), role=role, **values))


async def make_login(db: AsyncSession, user: User, **values: Any) -> str:
    """Make a login and return its cookie's token."""
    token = secrets.token_urlsafe(32)
    values.setdefault("expires_at", now() + timedelta(days=30))
    row = LoginSession(id=new_id(), user_id=user.id, token_hash=hashlib.sha256(token.encode()).digest(), **values)
    await save(db, row)
    return token


async def sign_in(db: AsyncSession, user: User) -> dict[str, str]:
    """Return the headers of a signed-in browser: its cookie and CSRF token."""
    token = await make_login(db, user)
    await db.flush()
    csrf_token = csrf.issue(hashlib.sha256(token.encode()).digest(), (SECRET_KEY,))
    return {"Cookie": f"session={token}", "X-CSRF-Token": csrf_token}


async def make_api_key(db: AsyncSession, user: User, **values: Any) -> str:
    """Make an API key and return what is sent as a bearer token."""
    key = f"ra_live_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"
    digest = hashlib.sha256(key.encode()).digest()
    values.setdefault("scopes", ["read", "write"])
    await save(db, ApiKey(id=new_id(), user_id=user.id, key_hash=digest, prefix=key[:16], name="test", **values))
    return key


async def make_session(db: AsyncSession, owner: User | None = None, **values: Any) -> RenovationSession:
    """Make a renovation."""
    owner = owner or await make_user(db)
    values.setdefault("title", "Our flat")
    return await save(db, RenovationSession(id=new_id(), owner_id=owner.id, **values))


async def make_room(db: AsyncSession, session: RenovationSession | None = None, **values: Any) -> Room:
    """Make a room."""
    session = session or await make_session(db)
    values = {"name": "Kitchen", "type": "kitchen"} | values
    return await save(db, Room(id=new_id(), session_id=session.id, owner_id=session.owner_id, **values))


async def make_asset(db: AsyncSession, room: Room | None = None, **values: Any) -> Asset:
    """Make a photo that is ready; its file is not stored."""
    room = room or await make_room(db)
    values = {
        "asset_type": "photo",
        "source": "upload",
        "status": "ready",
        "filename": "room.jpg",
        "content_type": "image/jpeg",
        "size_bytes": 1000,
        "width_px": 1600,
        "height_px": 1200,
    } | values
    row = Asset(id=new_id(), room_id=room.id, session_id=room.session_id, owner_id=room.owner_id, **values)
    return await save(db, row)


async def make_job(db: AsyncSession, owner: User | None = None, **values: Any) -> Job:
    """Make a job that waits."""
    owner = owner or await make_user(db)
    values = {"kind": "render.generate", "queue": "renders", "body": {}, "max_attempts": 3} | values
    return await save(db, Job(id=new_id(), owner_id=owner.id, **values))


async def make_render(db: AsyncSession, room: Room | None = None, **values: Any) -> Render:
    """Make a render that waits."""
    room = room or await make_room(db)
    values = {"mode": "edit_existing", "style_prompt": "oak and calm light"} | values
    row = Render(id=new_id(), room_id=room.id, session_id=room.session_id, owner_id=room.owner_id, **values)
    return await save(db, row)


async def make_notification(db: AsyncSession, user: User | None = None, **values: Any) -> Notification:
    """Make a line of an inbox."""
    user = user or await make_user(db)
    values = {"type": "render_complete", "title": "Ready", "message": "Look", "link": "/"} | values
    return await save(db, Notification(id=new_id(), user_id=user.id, **values))


def random_id() -> UUID:
    """Return an id of nothing."""
    return new_id()
