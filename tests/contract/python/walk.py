"""A program of an integrator: from a photo to its picture in another style, by the generated client and nothing else.

Its arguments are an address, an API key and a photo; it prints what it got as JSON.
"""
# The client it imports is made by the test, which then runs pyright over this file.
# pyright: basic, reportMissingImports=false

import json
import sys
import time
from pathlib import Path

from renovation_client import AuthenticatedClient, Client
from renovation_client.api.assets import get_asset_content, upload_asset
from renovation_client.api.identity import start_guest
from renovation_client.api.jobs import get_job
from renovation_client.api.renders import get_render, request_render
from renovation_client.api.rooms import create_room, get_checklist, replace_checklist
from renovation_client.api.sessions import create_session, get_session, list_sessions
from renovation_client.models import (
    AssetUpload,
    AssetView,
    ChecklistItemIn,
    ChecklistPut,
    ChecklistView,
    JobView,
    ProblemDetails,
    RenderAccepted,
    RenderCreate,
    RenderView,
    RoomCreate,
    RoomCreateType,
    RoomView,
    SessionCreate,
    SessionPage,
    SessionView,
    SignInAnswer,
)
from renovation_client.types import File


def main(url: str, key: str, photo: Path) -> None:
    """Walk the whole way."""
    with Client(base_url=url) as nobody:
        guest = start_guest.sync(client=nobody)
    assert isinstance(guest, SignInAnswer)
    with AuthenticatedClient(base_url=url, token=key, raise_on_unexpected_status=True) as api:
        room = make_room(api)
        asset = upload(api, room, photo)
        render = draw(api, room, asset)
        assert render.asset_id
        picture = get_asset_content.sync(render.asset_id, client=api, width=320)
        assert isinstance(picture, File)
        told = {
            "guest": guest.user.role,
            "room": room.name,
            "items": check(api, room),
            "render": render.status,
            "picture": picture.payload.read()[:4].decode(),
            "refused": refusals(url, api, room),
        }
    sys.stdout.write(json.dumps(told))


def make_room(api: AuthenticatedClient) -> RoomView:
    """Make a renovation and a room, and find it again."""
    body = SessionCreate(title="From Python", total_budget="1250.00")
    session = create_session.sync(client=api, body=body, idempotency_key=f"walk-{time.time_ns()}")
    assert isinstance(session, SessionView)
    assert session.total_budget == "1250.00"
    page = list_sessions.sync(client=api, limit=1)
    assert isinstance(page, SessionPage)
    assert page.items[0].id == session.id
    room = create_room.sync(session.id, client=api, body=RoomCreate(name="Salon", type_=RoomCreateType.LIVING_ROOM))
    assert isinstance(room, RoomView)
    return room


def upload(api: AuthenticatedClient, room: RoomView, photo: Path) -> AssetView:
    """Send a photo."""
    with photo.open("rb") as file:
        body = AssetUpload(file=File(file, photo.name, "image/jpeg"), caption="As it is")
        asset = upload_asset.sync(room.id, client=api, body=body)
    assert isinstance(asset, AssetView)
    return asset


def draw(api: AuthenticatedClient, room: RoomView, asset: AssetView) -> RenderView:
    """Ask for a picture and wait for it."""
    body = RenderCreate(room.session_id, room.id, "pale oak, linen and calm light", base_asset_id=asset.id)
    accepted = request_render.sync(client=api, body=body)
    assert isinstance(accepted, RenderAccepted)
    for _ in range(300):
        job = get_job.sync(accepted.job_id, client=api)
        assert isinstance(job, JobView)
        if job.is_terminal:
            break
        time.sleep(0.2)
    render = get_render.sync(accepted.render_id, client=api)
    assert isinstance(render, RenderView)
    return render


def check(api: AuthenticatedClient, room: RoomView) -> int:
    """Change the checklist that was read, and return how many items it has."""
    read = get_checklist.sync_detailed(room.id, client=api)
    body = ChecklistPut([ChecklistItemIn("Measure the windows")])
    changed = replace_checklist.sync(room.id, client=api, body=body, if_match=read.headers["ETag"])
    assert isinstance(changed, ChecklistView)
    return len(changed.items)


def refusals(url: str, api: AuthenticatedClient, room: RoomView) -> list[str]:
    """Return the codes of three refusals, each a typed problem."""
    body = RenderCreate(room.id, room.id, "pale oak, linen and calm light")
    refused = [request_render.sync(client=api, body=body), get_session.sync(room.id, client=api)]
    with AuthenticatedClient(base_url=url, token="ra_live_no") as stranger:
        refused.append(get_session.sync(room.session_id, client=stranger))
    return [problem.code for problem in refused if isinstance(problem, ProblemDetails)]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
