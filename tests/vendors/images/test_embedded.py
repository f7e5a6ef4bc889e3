"""The embedded model as the rest of the product meets it: behind its port, in a child process."""

import io
import subprocess
import sys

import pytest
from PIL import Image

from app.lib.cpu import CpuPool
from app.vendors.images import ImageBrief, ImageModel, ImageRefused
from app.vendors.images.embedded import EmbeddedImages


def small_photo() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((120, 90)).save(out, "PNG")
    return out.getvalue()


def test_importing_the_adapter_loads_no_imaging_library() -> None:
    program = "import sys, app.vendors.images.embedded; print(*{'numpy', 'PIL'} & set(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == ""


async def test_the_picture_is_drawn_in_a_child_process() -> None:
    pool = CpuPool(size=1)
    model: ImageModel = EmbeddedImages(pool.run)

    picture = await model.draw(ImageBrief(prompt="sage walls", photo=small_photo()))

    pool_is_idle = await pool.run(len, "abc")
    await pool.close()
    assert pool_is_idle == 3
    assert picture.model == "embedded-restyler-1"
    assert Image.open(io.BytesIO(picture.data)).size == (120, 90)


async def test_a_refusal_keeps_its_words_on_the_way_out_of_the_child_process() -> None:
    pool = CpuPool(size=1)

    with pytest.raises(ImageRefused) as refusal:
        await EmbeddedImages(pool.run).draw(ImageBrief(prompt="sage walls", photo=b"no photo"))

    await pool.close()
    assert refusal.value.reason.startswith("This photo cannot be read.")
    assert refusal.value.code == "photo-unreadable"
