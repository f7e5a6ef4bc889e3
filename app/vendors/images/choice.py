"""Which image model this process uses."""

from app.settings import Settings
from app.vendors import Unavailable
from app.vendors.images import ImageBrief, ImageModel, Picture, RunCpu


class NoImages:
    """Stands where production has neither a key nor leave to use the embedded model."""

    async def draw(self, brief: ImageBrief) -> Picture:
        """Raise Unavailable: nothing is configured."""
        raise Unavailable("The picture service is not set up here yet.", code="not-configured")


def choose_images(settings: Settings, run_cpu: RunCpu) -> ImageModel:
    """Return the Gemini model when its key is set, else the embedded restyler where that is allowed."""
    if settings.google_api_key:
        from app.vendors.images.gemini import GeminiImages

        return GeminiImages(settings.google_api_key, settings.ai_image_model, settings.google_api_base_url, run_cpu)
    if settings.production and "images" not in settings.embedded:
        return NoImages()
    from app.vendors.images.embedded import EmbeddedImages

    return EmbeddedImages(run_cpu)
