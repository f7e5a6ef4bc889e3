"""Which adapter a process gets, tried in a process of its own with nothing but variables."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings, SettingsError
from app.vendors import Unavailable
from app.vendors.mail import Mail
from app.vendors.mail.choice import choose_mailer
from app.vendors.mail.embedded import FolderMailer
from app.vendors.storage.choice import choose_files
from app.vendors.storage.local import LocalFiles
from tests.standins.resend import ResendStandIn
from tests.standins.s3 import S3StandIn

SCRIPT = """
import asyncio
from app.settings import Settings
from app.vendors.mail import Mail
from app.vendors.mail.choice import choose_mailer
from app.vendors.storage.choice import choose_files

async def main():
    settings = Settings.load()
    files, mailer = choose_files(settings), choose_mailer(settings)
    await files.check()
    await files.put("a/b", b"from another process")
    await mailer.send(Mail("you@home.example", "s", "<p>x</p>", "x"), "key")

asyncio.run(main())
"""


def test_variables_lead_to_the_real_adapters() -> None:
    with S3StandIn() as store, ResendStandIn() as post:
        environ = {**os.environ, "PYTHONPATH": ".", **store.environ, **post.environ}
        subprocess.run([sys.executable, "-c", SCRIPT], check=True, env=environ, timeout=30)

        assert store.objects["files/a/b"][0] == b"from another process"
        assert len(post.sent) == 1


def test_without_variables_a_laptop_gets_folders(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    assert isinstance(choose_files(settings), LocalFiles)
    assert isinstance(choose_mailer(settings), FolderMailer)


@pytest.mark.parametrize("url", ["memory:///", "file:///tmp", "https://example.com/x", "nothing", "s3://", "gs://"])
def test_a_storage_url_that_names_no_store_is_one_clear_line(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^STORAGE_URL: .+$"):
        choose_files(Settings(storage_url=url))


async def test_production_without_a_key_sends_no_mail(tmp_path: Path) -> None:
    mailer = choose_mailer(Settings(app_env="production", data_dir=tmp_path))

    with pytest.raises(Unavailable) as failure:
        await mailer.send(Mail("you@home.example", "s", "<p>x</p>", "x"), "key")

    assert failure.value.code == "not-configured"
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240


def test_production_may_be_told_to_use_the_folder(tmp_path: Path) -> None:
    settings = Settings(app_env="production", data_dir=tmp_path, embedded=("mail",))

    assert isinstance(choose_mailer(settings), FolderMailer)
