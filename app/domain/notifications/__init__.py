"""A user's inbox and live stream.

Other features call `NotificationService.tell` in the transaction of what they tell; the line and its
`notification:new` event commit with it. Routes: list, read, read-all, and `GET /api/events`.
"""
