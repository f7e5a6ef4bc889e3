"""Who somebody is: a guest, an account, and the ways from one to the other."""

from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import User
from app.domain.accounts.handover import hand_over
from app.domain.accounts.logins import Browser, LoginService
from app.domain.accounts.passwords import HASHING, Hashing, check_new
from app.domain.accounts.repository import PasswordReads, UserRepository
from app.domain.accounts.schemas import Credentials, MePatch, PasswordChange, Registration
from app.lib.errors import Conflict, FieldError, Forbidden, Unauthenticated
from app.lib.schema import changes
from app.lib.text import fold_email
from app.resources import Resources
from app.web.access import Principal

log = structlog.get_logger()


class EmailTaken(Conflict):
    """Somebody has an account with this address."""

    title = "This e-mail address has an account already"

    def __init__(self) -> None:
        errors = [FieldError("/email", "Has an account already")]
        super().__init__("Sign in with it, or register with another address.", errors=errors)


class WrongCredentials(Unauthenticated):
    """Nobody has this address and this password. Which of the two is wrong is not told."""

    title = "Wrong e-mail or password"

    def __init__(self) -> None:
        super().__init__("Check the e-mail address and the password.")


class WrongPassword(Forbidden):
    """Whoever changes a password must know the present one, not only sit at the browser."""

    title = "The present password is wrong"

    def __init__(self) -> None:
        super().__init__("Type the password you sign in with.", errors=[FieldError("/currentPassword", "Is wrong")])


class AccountGone(Unauthenticated):
    """The account has been deleted since the request began."""

    title = "This account no longer exists"


class SignedIn(NamedTuple):
    """A user, and the token of their browser's new cookie."""

    user: User
    token: str


class AccountService:
    """Guests and accounts. A `visitor` is who the browser's cookie says is there already."""

    def __init__(self, db: AsyncSession, resources: Resources, hashing: Hashing = HASHING) -> None:
        self._db = db
        self._users = UserRepository(session=db)
        self._logins = LoginService(db, resources)
        self._passwords = PasswordReads(resources.reads)
        self._hashing = hashing

    async def get(self, user_id: UUID) -> User:
        """Return a user. Raises AccountGone."""
        if user := await self._users.get_one_or_none(id=user_id):
            return user
        raise AccountGone("Sign in again.")

    async def start_guest(self, browser: Browser) -> SignedIn:
        """Make a guest and sign their browser in."""
        guest = await self._users.add(User(role="guest"))
        log.info("accounts.guest_started", user_id=str(guest.id))
        return SignedIn(guest, await self._logins.begin(guest.id, browser))

    async def register(self, visitor: Principal | None, wish: Registration, browser: Browser) -> SignedIn:
        """Make an account and sign its browser in; a guest becomes it, with everything they own.

        Raises EmailTaken, and what check_new and Hashing raise.
        """
        check_new(wish.password, wish.email, "/password")
        folded = fold_email(wish.email)
        if (await self._passwords.by_email(folded)).user_id:
            raise EmailTaken
        password_hash = await self._hashing.hash(wish.password)
        user = await self._make_account(visitor, wish, folded, password_hash)
        await self._logins.drop(visitor)
        token = await self._logins.begin(user.id, browser)
        was_guest = visitor is not None and visitor.user_id == user.id
        log.info("accounts.registered", user_id=str(user.id), was_guest=was_guest)
        return SignedIn(user, token)

    async def sign_in(self, visitor: Principal | None, given: Credentials, browser: Browser) -> SignedIn:
        """Sign a browser in to an account; what its guest owned moves there. Raises WrongCredentials, SigningInBusy."""
        stored = await self._passwords.by_email(fold_email(given.email))
        verdict = await self._hashing.verify(stored.password_hash, given.password)
        if not (verdict.matches and stored.user_id and stored.password_hash):
            log.info("accounts.sign_in_refused", user_id=str(stored.user_id) if stored.user_id else None)
            raise WrongCredentials
        user = await self._users.locked_with_password(stored.user_id, stored.password_hash)
        if user is None:
            raise WrongCredentials
        if verdict.better_hash:
            user.password_hash = verdict.better_hash
        if visitor and visitor.role == "guest":
            await hand_over(self._db, visitor.user_id, user.id)
            await self._logins.end_all(visitor.user_id)
        await self._logins.drop(visitor)
        token = await self._logins.begin(user.id, browser)
        guest_id = str(visitor.user_id) if visitor and visitor.role == "guest" else None
        log.info("accounts.signed_in", user_id=str(user.id), guest_id=guest_id)
        return SignedIn(user, token)

    async def sign_out(self, principal: Principal) -> None:
        """End the login that asks; its cookie counts no more, wherever it is."""
        await self._logins.drop(principal)
        log.info("accounts.signed_out", user_id=str(principal.user_id))

    async def change(self, user_id: UUID, patch: MePatch) -> User:
        """Change what the patch names. Raises AccountGone."""
        user = await self._locked(user_id)
        if wanted := changes(patch):
            for name, value in wanted.items():
                setattr(user, name, value)
            user.version += 1
            await self._db.flush()
        return user

    async def change_password(self, principal: Principal, wish: PasswordChange, browser: Browser) -> SignedIn:
        """Change a password and end every login, the asking browser's too, which gets a new one; API keys stay.

        Raises WrongPassword, and what check_new and Hashing raise.
        """
        user_id = principal.user_id
        stored = await self._passwords.by_user(user_id)
        verdict = await self._hashing.verify(stored.password_hash, wish.current_password)
        if not (verdict.matches and stored.password_hash):
            log.info("accounts.password_change_refused", user_id=str(user_id))
            raise WrongPassword
        check_new(wish.new_password, stored.email, "/newPassword")
        password_hash = await self._hashing.hash(wish.new_password)
        user = await self._users.locked_with_password(user_id, stored.password_hash)
        if user is None:
            raise WrongPassword
        user.password_hash = password_hash
        user.version += 1
        await self._db.flush()  # before the logins go, so that a sign-in with the old password has come before or fails
        ended = await self._logins.end_all(user_id)
        token = await self._logins.begin(user_id, browser)
        log.info("accounts.password_changed", user_id=str(user_id), logins_ended=ended)
        return SignedIn(user, token)

    async def _make_account(
        self, visitor: Principal | None, wish: Registration, folded: str, password_hash: str
    ) -> User:
        """Return the new account's row. Raises EmailTaken when somebody registered the address at the same time."""
        guest = None
        if visitor and visitor.role == "guest":
            guest = await self._users.locked_guest(visitor.user_id)
        try:
            async with self._db.begin_nested():
                user = guest or User()
                user.role, user.email, user.email_folded = "user", wish.email, folded
                user.password_hash = password_hash
                user.display_name = wish.display_name or user.display_name
                self._db.add(user)
                await self._db.flush()
        except IntegrityError:
            raise EmailTaken from None
        return user

    async def _locked(self, user_id: UUID) -> User:
        if user := await self._users.locked(user_id):
            return user
        raise AccountGone("Sign in again.")
