"""Pictures of a room in a new style.

`POST /api/renders` writes one to four renders and one job, `render.generate`, and answers 202. The job draws each
through the image port, keeps it like an upload, and ends with one line in the inbox and one mail.

A render is queued → generating → ready | failed | cancelled; a failed one can be asked for again through its job.
Messages: RenderStarted, RenderProgress, RenderComplete, RenderFailed.
"""
