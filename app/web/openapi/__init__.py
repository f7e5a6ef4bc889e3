"""The OpenAPI document, made from what the guard and the decoders themselves go by, so that it cannot say otherwise.

`document(app, settings)` is the document; `controllers` serve it, and a page to read it.
"""

from app.web.openapi.build import document

__all__ = ["document"]
