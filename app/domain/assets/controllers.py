"""Routes of assets and their content."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody, QueryParameter

from app.domain.assets.content import ContentService, Wish
from app.domain.assets.inspect import MAX_BYTES
from app.domain.assets.ladder import Format
from app.domain.assets.schemas import AssetPage, AssetPatch, AssetUpload, AssetView, asset_view
from app.domain.assets.service import AssetService
from app.resources import Resources
from app.web.access import Principal
from app.web.depends import service
from app.web.downloads import Download
from app.web.etags import IF_MATCH, IfMatch, etag_of, tagged
from app.web.paging import PAGE, PageRequest
from app.web.problems import problems

LIST = "assets"
FORM_BYTES = 64 * 1024  # the form's own text around the file
AnyRequest = Request[Any, Any, Any]


class AssetController(Controller):
    """A room's pictures and files."""

    path = "/api"
    tags = ("assets",)
    dependencies = {"assets": service(AssetService), **PAGE, **IF_MATCH}  # noqa: RUF012 - Litestar reads it plainly

    @post(
        "/rooms/{room_id:str}/assets",
        operation_id="uploadAsset",
        request_max_body_size=MAX_BYTES + FORM_BYTES,
        responses=problems(404, 409, 413, 415, 422),
    )
    async def upload(
        self,
        request: AnyRequest,
        room_id: FromPath[UUID],
        data: MultipartBody[AssetUpload],
        assets: NamedDependency[AssetService],
        principal: NamedDependency[Principal],
    ) -> Response[AssetView]:
        """Upload a photo or floor plan: at most 10 MB and 50 megapixels. Its sizes are made in the background."""
        content = await data.file.read()
        asset = await assets.upload(principal.user_id, room_id, content, data)
        headers = {"Location": f"/api/assets/{asset.id}"}
        return tagged(request, asset_view(asset, ()), etag_of(asset.id, asset.version), headers, 201)

    @get("/rooms/{room_id:str}/assets", operation_id="listAssets", responses=problems(404, 422))
    async def list_assets(
        self,
        room_id: FromPath[UUID],
        page: NamedDependency[PageRequest],
        assets: NamedDependency[AssetService],
        principal: NamedDependency[Principal],
    ) -> AssetPage:
        """List a room's assets in their order."""
        place = page.place(LIST, tuple[int, UUID])
        rows = await assets.page(principal.user_id, room_id, place, page.fetch)
        items, cursor = page.cut(rows, LIST, lambda asset: (asset.position, asset.id))
        variants = await assets.variants_of(items)
        return AssetPage([asset_view(asset, variants[asset.id]) for asset in items], cursor)

    @get("/assets/{asset_id:str}", operation_id="getAsset", responses=problems(404))
    async def get_asset(
        self,
        request: AnyRequest,
        asset_id: FromPath[UUID],
        assets: NamedDependency[AssetService],
        principal: NamedDependency[Principal],
    ) -> Response[AssetView]:
        """Tell what an asset is and how it stands."""
        asset = await assets.get(principal.user_id, asset_id)
        variants = await assets.variants_of([asset])
        return tagged(request, asset_view(asset, variants[asset.id]), etag_of(asset.id, asset.version))

    @patch("/assets/{asset_id:str}", operation_id="changeAsset", responses=problems(404, 412))
    async def change_asset(
        self,
        request: AnyRequest,
        asset_id: FromPath[UUID],
        data: JSONBody[AssetPatch],
        if_match: NamedDependency[IfMatch],
        assets: NamedDependency[AssetService],
        principal: NamedDependency[Principal],
    ) -> Response[AssetView]:
        """Change an asset's caption, alternative text or place."""
        asset = await assets.locked(principal.user_id, asset_id)
        if_match.check(asset.id, asset.version)
        asset = await assets.change(asset, data)
        variants = await assets.variants_of([asset])
        return tagged(request, asset_view(asset, variants[asset.id]), etag_of(asset.id, asset.version))

    @delete("/assets/{asset_id:str}", operation_id="deleteAsset", status_code=204, responses=problems(404, 412))
    async def delete_asset(
        self,
        asset_id: FromPath[UUID],
        if_match: NamedDependency[IfMatch],
        assets: NamedDependency[AssetService],
        principal: NamedDependency[Principal],
    ) -> None:
        """Delete an asset with its files."""
        await assets.remove(principal.user_id, asset_id, if_match)

    @get(
        "/assets/{asset_id:str}/content",
        operation_id="getAssetContent",
        media_type="image/webp",
        opt={"download": ("image/webp", "image/jpeg", "image/avif", "image/png", "application/pdf")},
        responses=problems(404, 409, 416, 503),
    )
    async def content(
        self,
        request: AnyRequest,
        asset_id: FromPath[UUID],
        resources: NamedDependency[Resources],
        principal: NamedDependency[Principal],
        width: Annotated[
            int | None, QueryParameter(ge=1, le=10_000, description="Snaps up to 320, 480, 640, 800, 1200 or 1600.")
        ] = None,
        quality: Annotated[int | None, QueryParameter(ge=1, le=100, description="Snaps up to 60, 80 or 90.")] = None,
        format_: Annotated[Format | None, QueryParameter(name="format", description="WebP unless named.")] = None,
        variant: Annotated[
            Literal["thumbnail"] | None, QueryParameter(description="The 300 by 200 thumbnail, whatever else is asked.")
        ] = None,
    ) -> Response[Any]:
        """Return a picture's bytes: the kept original, or the size, quality and format asked for."""
        wish = Wish(width, quality, format_, variant)
        found = await ContentService(resources).find(principal.user_id, asset_id, wish)
        download = Download(
            key=found.storage_key,
            size_bytes=found.size_bytes,
            etag=found.etag,
            media_type=found.content_type,
            filename=found.filename,
            attachment=not found.inline,
        )
        return await download.answer(request, resources.files)


CONTROLLERS = (AssetController,)
