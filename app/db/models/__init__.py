"""Every table, one file per feature. Kept in one package because foreign keys cross features."""

from app.db.base import Base
from app.db.models.accounts import ApiKey, LoginSession, User
from app.db.models.assets import Asset, AssetVariant
from app.db.models.email import Email
from app.db.models.notifications import Notification
from app.db.models.queue import Job, OutboxEvent
from app.db.models.renders import Render
from app.db.models.rooms import Room
from app.db.models.sessions import RenovationSession
from app.db.models.styles import Style
from app.db.models.web import IdempotencyKey

__all__ = [
    "ApiKey",
    "Asset",
    "AssetVariant",
    "Base",
    "Email",
    "IdempotencyKey",
    "Job",
    "LoginSession",
    "Notification",
    "OutboxEvent",
    "Render",
    "RenovationSession",
    "Room",
    "Style",
    "User",
]
