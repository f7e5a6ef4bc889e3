"""Photos, floor plans and finished pictures of a room.

An upload is looked at (`inspect`: the head only), stored apart and answered 201 `processing`. The job
`image.variants` decodes it in a child process, keeps it re-encoded without metadata, makes its ladder of sizes, and the
asset is `ready`; damage found there makes it `failed` with a reason. `content` serves the original or a rung of the
ladder; a combination of width, quality and format that does not exist yet is made once by `image.variant`.

Everything stored for an asset lies in `assets/{id}/`. Messages: AssetProgress. Jobs: image.variants, image.variant.
"""
