"""How this process sends mail."""

from app.settings import Settings
from app.vendors import Unavailable
from app.vendors.mail import Mail, Mailer


class NoMail:
    """Stands where production has neither a key nor leave to write mail into a folder."""

    async def send(self, mail: Mail, idempotency_key: str) -> str:
        """Raise Unavailable: nothing is configured."""
        raise Unavailable("Mail is not set up here yet.", code="not-configured")


def choose_mailer(settings: Settings) -> Mailer:
    """Return Resend when its key is set, else the folder `mail` in DATA_DIR where that is allowed."""
    if settings.resend_api_key:
        from app.vendors.mail.resend import ResendMailer

        return ResendMailer(settings.resend_api_key, settings.mail_from, settings.resend_api_url)
    if settings.production and "mail" not in settings.embedded:
        return NoMail()
    from app.vendors.mail.embedded import FolderMailer

    return FolderMailer(settings.data_dir / "mail", settings.mail_from)
