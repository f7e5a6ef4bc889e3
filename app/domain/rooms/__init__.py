"""Rooms of a renovation, each with its size, its wishes and a checklist of what is to be done in it.

At most 40 rooms to a session. Whoever changes a room locks its session first, so that changes follow one another and
each `session:rooms_updated` carries the whole list as it then is.
Routes: `/api/sessions/{sessionId}/rooms`, `/api/rooms/{roomId}`, `/api/rooms/{roomId}/checklist`.
Messages: RoomsUpdated.
"""
