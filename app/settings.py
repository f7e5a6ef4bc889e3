"""Every setting, its default and its meaning. Nothing else reads the environment."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec

Environments = ("development", "test", "staging", "production")
EMBEDDABLE = (
    "images",
    "mail",
    "storage",
    "payments",
    "chat",
    "embeddings",
    "moderation",
)


class SettingsError(Exception):
    """A setting is missing or wrong; the text is one line for an operator."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What one process is told. A field is the variable of the same name in capitals; `NAME_FILE` names its file."""

    app_env: str = "development"  # development | test | staging | production
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""  # where people reach the page; default http://HOST:PORT
    data_dir: Path = Path("var")  # embedded servers, stored files, mails, logs
    log_level: str = "info"

    database_url: str = ""  # postgresql://…; empty: an embedded server is started
    database_owner_url: str = ""  # for migrations; default DATABASE_URL
    db_pool_size: int = 20  # connections per process
    db_pool_idle_s: int = 30
    redis_url: str = ""  # redis://…; empty: an embedded server is started

    secret_keys: tuple[str, ...] = ()  # first signs, the rest still verify; ≥ 32 bytes each
    cors_origins: tuple[str, ...] = ()  # exact origins that may call with credentials
    trusted_proxies: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-For counts
    metrics_token: str = ""  # bearer for /metrics from elsewhere than loopback
    limits_scale: int = 1  # multiplies every rate limit; refused in production unless 1
    embedded: tuple[str, ...] = ()  # embedded vendors allowed in production

    google_api_key: str = ""
    google_api_base_url: str = ""
    ai_image_model: str = "gemini-2.5-flash-image"
    storage_url: str = ""  # s3://bucket/prefix, gs://…, az://…; empty: DATA_DIR/storage
    aws_endpoint_url: str = ""
    resend_api_key: str = ""
    resend_api_url: str = ""
    mail_from: str = "Renovation Agent <hello@renovation.localhost>"
    sentry_dsn: str = ""

    heavy_concurrency: int = 2  # renders, documents and images each run this many jobs at a time per process
    light_concurrency: int = 20

    @property
    def production(self) -> bool:
        """Whether defaults that only suit a laptop are refused."""
        return self.app_env == "production"

    @property
    def base_url(self) -> str:
        """Where people reach the page, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def unconfigured(self) -> list[str]:
        """Return the vendors production would need a key for, and has none: their features answer 503."""
        if not self.production:
            return []
        real = {"images": self.google_api_key, "mail": self.resend_api_key, "storage": self.storage_url}
        return [name for name, key in real.items() if not key and name not in self.embedded]

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings the environment holds. Raises SettingsError, in one line."""
        environ = os.environ if environ is None else environ
        found: dict[str, Any] = {}
        for field in msgspec.structs.fields(cls):
            text = _look_up(environ, field.name.upper())
            if text:
                found[field.name] = _convert(field.name.upper(), field.type, text)
        settings = cls(**found)
        _check(settings)
        return settings

    def as_environ(self) -> dict[str, str]:
        """Return the settings as variables for a child process; unset ones stay out."""
        out: dict[str, str] = {}
        for name in self.__struct_fields__:
            value = getattr(self, name)
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            if text:
                out[name.upper()] = text
        return out


def _look_up(environ: Mapping[str, str], name: str) -> str:
    if environ.get(name):
        return environ[name].strip()
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE: {path} cannot be read: {error.strerror}") from error
    return ""


def _convert(name: str, kind: Any, text: str) -> Any:
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise SettingsError(f"{name} must be a whole number, not {text!r}") from None
    if kind is Path:
        return Path(text)
    if str in get_args(kind):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _check(settings: Settings) -> None:
    ranges: dict[str, tuple[int, int]] = {
        "port": (0, 65_535),
        "db_pool_size": (2, 500),
        "db_pool_idle_s": (1, 3_600),
        "limits_scale": (1, 1_000_000),
        "heavy_concurrency": (1, 64),
        "light_concurrency": (1, 1_000),
    }
    for name, (low, high) in ranges.items():
        if not low <= getattr(settings, name) <= high:
            raise SettingsError(f"{name.upper()} must be between {low} and {high}")
    if settings.app_env not in Environments:
        raise SettingsError(f"APP_ENV must be one of {', '.join(Environments)}")
    if settings.database_url and not settings.database_url.startswith(("postgresql://", "postgres://")):
        raise SettingsError("DATABASE_URL must start with postgresql://")
    if settings.redis_url and not settings.redis_url.startswith(("redis://", "rediss://")):
        raise SettingsError("REDIS_URL must start with redis:// or rediss://")
    if unknown := sorted(set(settings.embedded) - set(EMBEDDABLE)):
        raise SettingsError(f"EMBEDDED knows {', '.join(EMBEDDABLE)}, not {', '.join(unknown)}")
    if settings.production:
        _check_production(settings)


def _check_production(settings: Settings) -> None:
    """Refuse to start a production process that misses what keeps data and people safe; all of it in one line."""
    rules: list[tuple[str, Callable[[], bool]]] = [
        ("SECRET_KEYS (32 bytes or more each)", lambda: _strong(settings.secret_keys)),
        ("DATABASE_URL", lambda: bool(settings.database_url)),
        ("REDIS_URL", lambda: bool(settings.redis_url)),
        ("PUBLIC_URL (https)", lambda: settings.public_url.startswith("https://")),
        (
            "STORAGE_URL, or DATA_DIR",
            lambda: bool(settings.storage_url) or settings.data_dir != Path("var"),
        ),
        ("LIMITS_SCALE=1", lambda: settings.limits_scale == 1),
    ]
    missing = [name for name, holds in rules if not holds()]
    if missing:
        raise SettingsError(f"production needs: {'; '.join(missing)}")


def _strong(keys: tuple[str, ...]) -> bool:
    return bool(keys) and all(len(key.encode()) >= 32 for key in keys)
