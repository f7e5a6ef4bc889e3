"""Which file store this process uses."""

from app.settings import Settings, SettingsError
from app.vendors.storage import Files
from app.vendors.storage.local import LocalFiles


def choose_files(settings: Settings) -> Files:
    """Return the object store STORAGE_URL names, else the folder `storage` in DATA_DIR. Raises SettingsError."""
    if settings.storage_url:
        from app.vendors.storage.object_store import ObjectFiles

        try:
            return ObjectFiles(settings.storage_url, settings.aws_endpoint_url)
        except ValueError as error:
            raise SettingsError(f"STORAGE_URL: {error}") from error
    return LocalFiles(settings.data_dir / "storage")
