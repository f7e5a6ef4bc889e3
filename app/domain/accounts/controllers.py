"""Routes of identity: signing in and out, the account itself, API keys."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from app.db.models import User
from app.domain.accounts.api_keys import ApiKeyService
from app.domain.accounts.logins import Browser, LoginService
from app.domain.accounts.schemas import (
    ApiKeyCreate,
    ApiKeyPage,
    Credentials,
    CsrfToken,
    LoginPage,
    MePatch,
    NewApiKey,
    PasswordChange,
    Registration,
    SignInAnswer,
    UserView,
)
from app.domain.accounts.service import AccountService, SignedIn
from app.domain.accounts.tokens import digest
from app.lib.text import fold_email, one_line
from app.settings import Settings
from app.web import csrf
from app.web.access import Access, Principal
from app.web.addresses import client_address, rate_key
from app.web.cookies import cleared_cookie, session_cookie
from app.web.depends import service
from app.web.guards import LoginRequired, recognise
from app.web.paging import PAGE, PageRequest
from app.web.problems import problems

AnyRequest = Request[Any, Any, Any]


class SignInController(Controller):
    """Ways to get a cookie, and to be rid of it."""

    path = "/api/auth"
    tags = ("identity",)
    dependencies = {"accounts": service(AccountService)}  # noqa: RUF012 - Litestar reads it as a plain class attribute

    @post(
        "/guest",
        operation_id="startGuest",
        opt={"access": Access.SIGN_IN, "limit": ()},
        responses={200: ResponseSpec(SignInAnswer, generate_examples=False, description="Signed in already")},
    )
    async def start_guest(
        self, request: AnyRequest, accounts: NamedDependency[AccountService]
    ) -> Response[SignInAnswer]:
        """Start as a guest. Whoever is signed in already stays who they are."""
        if visitor := await _visitor(request):
            user = await accounts.get(visitor.user_id)
            return Response(_answer(user, visitor.token_hash or b"", request), status_code=200)
        await request.app.state.limiter.spend("guests", "address", rate_key(_browser(request).ip))
        return _signed_in(await accounts.start_guest(_browser(request)), request, 201)

    @post("/register", operation_id="register", opt={"access": Access.SIGN_IN}, responses=problems(409, 422))
    async def register(
        self, request: AnyRequest, data: JSONBody[Registration], accounts: NamedDependency[AccountService]
    ) -> Response[SignInAnswer]:
        """Make an account and sign in. What a guest owns becomes the account's."""
        visitor = await _visitor(request)
        await request.app.state.limiter.spend("sign-in", "account", fold_email(data.email))
        return _signed_in(await accounts.register(visitor, data, _browser(request)), request, 201)

    @post("/login", operation_id="login", opt={"access": Access.SIGN_IN}, status_code=200, responses=problems(401))
    async def login(
        self, request: AnyRequest, data: JSONBody[Credentials], accounts: NamedDependency[AccountService]
    ) -> Response[SignInAnswer]:
        """Sign in. What this browser made as a guest moves to the account."""
        visitor = await _visitor(request)
        await request.app.state.limiter.spend("sign-in", "account", fold_email(data.email))
        return _signed_in(await accounts.sign_in(visitor, data, _browser(request)), request, 200)

    @post("/logout", operation_id="logout", opt={"access": Access.LOGIN}, status_code=204)
    async def logout(
        self,
        request: AnyRequest,
        principal: NamedDependency[Principal],
        accounts: NamedDependency[AccountService],
    ) -> Response[None]:
        """Sign out. The cookie counts no more, wherever a copy of it is."""
        await accounts.sign_out(principal)
        return Response(None, status_code=204, cookies=[cleared_cookie(_settings(request))])

    @post(
        "/password",
        operation_id="changePassword",
        opt={"access": Access.REGISTERED_LOGIN, "limit": "sign-in", "distinct_keys": True},
        status_code=200,
        responses=problems(422),
    )
    async def change_password(
        self,
        request: AnyRequest,
        data: JSONBody[PasswordChange],
        principal: NamedDependency[Principal],
        accounts: NamedDependency[AccountService],
    ) -> Response[SignInAnswer]:
        """Change the password. Every browser is signed out but this one, which gets a new cookie; API keys stay."""
        return _signed_in(await accounts.change_password(principal, data, _browser(request)), request, 200)


class AccountController(Controller):
    """Who is signed in, and where."""

    path = "/api"
    tags = ("identity",)
    dependencies = {  # noqa: RUF012 - Litestar reads it as a plain class attribute
        "accounts": service(AccountService),
        "logins": service(LoginService),
    }

    @get("/auth/me", operation_id="getMe", opt={"access": Access.LOGIN})
    async def me(self, principal: NamedDependency[Principal], accounts: NamedDependency[AccountService]) -> UserView:
        """Return who is signed in."""
        return UserView.of(await accounts.get(principal.user_id))

    @patch("/me", operation_id="changeMe")
    async def change_me(
        self,
        data: JSONBody[MePatch],
        principal: NamedDependency[Principal],
        accounts: NamedDependency[AccountService],
    ) -> UserView:
        """Change how you are called and what you reckon in."""
        return UserView.of(await accounts.change(principal.user_id, data))

    @get("/csrf-token", operation_id="getCsrfToken", opt={"access": Access.PUBLIC})
    async def csrf_token(self, request: AnyRequest) -> CsrfToken:
        """Return a token for `X-CSRF-Token`, bound to the login that asks."""
        principal = await recognise(request)
        token_hash = principal.token_hash if principal else None
        return CsrfToken(csrf.issue(token_hash or b"", _settings(request).secret_keys))

    @get(
        "/auth/logins",
        operation_id="listLogins",
        opt={"access": Access.LOGIN},
        dependencies=PAGE,
        responses=problems(422),
    )
    async def list_logins(
        self,
        page: NamedDependency[PageRequest],
        principal: NamedDependency[Principal],
        logins: NamedDependency[LoginService],
    ) -> LoginPage:
        """List the browsers you are signed in with, newest first."""
        before = page.place("logins", tuple[UUID])
        found = await logins.page(principal, before[0] if before else None, page.fetch)
        return LoginPage(*page.cut(found, "logins", lambda login: (login.id,)))

    @delete("/auth/logins/{id:str}", operation_id="endLogin", opt={"access": Access.LOGIN}, responses=problems(404))
    async def end_login(
        self, id: FromPath[UUID], principal: NamedDependency[Principal], logins: NamedDependency[LoginService]
    ) -> None:
        """Sign one of your browsers out."""
        await logins.end(principal.user_id, id)


class ApiKeyController(Controller):
    """Keys for programs."""

    path = "/api/api-keys"
    tags = ("identity",)
    dependencies = {"keys": service(ApiKeyService)}  # noqa: RUF012 - Litestar reads it as a plain class attribute
    opt = {"access": Access.REGISTERED_LOGIN}  # noqa: RUF012

    @post(operation_id="createApiKey", responses=problems(409, 422))
    async def create_key(
        self, data: JSONBody[ApiKeyCreate], principal: NamedDependency[Principal], keys: NamedDependency[ApiKeyService]
    ) -> NewApiKey:
        """Make a key for `Authorization: Bearer`. It is shown here and never again."""
        return await keys.make(principal.user_id, data)

    @get(operation_id="listApiKeys", dependencies=PAGE, responses=problems(422))
    async def list_keys(
        self,
        page: NamedDependency[PageRequest],
        principal: NamedDependency[Principal],
        keys: NamedDependency[ApiKeyService],
    ) -> ApiKeyPage:
        """List your API keys, newest first, without their secrets."""
        before = page.place("api-keys", tuple[UUID])
        found = await keys.page(principal.user_id, before[0] if before else None, page.fetch)
        return ApiKeyPage(*page.cut(found, "api-keys", lambda key: (key.id,)))

    @delete("/{id:str}", operation_id="deleteApiKey", responses=problems(404))
    async def delete_key(
        self, id: FromPath[UUID], principal: NamedDependency[Principal], keys: NamedDependency[ApiKeyService]
    ) -> None:
        """Revoke a key, from the next request on."""
        await keys.revoke(principal.user_id, id)


CONTROLLERS = (SignInController, AccountController, ApiKeyController)


async def _visitor(request: AnyRequest) -> Principal | None:
    """Return who the browser's cookie says is there already. Raises LoginRequired for an API key."""
    principal = await recognise(request)
    if principal and principal.via != "cookie":
        raise LoginRequired("API keys cannot do this: sign in with a browser's cookie.")
    return principal


def _browser(request: AnyRequest) -> Browser:
    address = client_address(request.scope, _settings(request).trusted_proxies)
    return Browser(address, one_line(request.headers.get("user-agent", ""), 200))


def _signed_in(result: SignedIn, request: AnyRequest, status: int) -> Response[SignInAnswer]:
    answer = _answer(result.user, digest(result.token), request)
    return Response(answer, status_code=status, cookies=[session_cookie(result.token, _settings(request))])


def _answer(user: User, token_hash: bytes, request: AnyRequest) -> SignInAnswer:
    return SignInAnswer(UserView.of(user), csrf.issue(token_hash, _settings(request).secret_keys))


def _settings(request: AnyRequest) -> Settings:
    return request.app.state.settings
