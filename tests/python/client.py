"""A client of the relay in another language, written from docs/protocol.md alone.

Usage: client.py RELAY NAME PASSWORD OTHER OTHERS_PASSWORD

Follows the page from the first login to resuming after a cut connection, and fails on the first thing that is not as the page says.
"""

import asyncio
import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
import uuid

import websockets

TIMEOUT = 60


def http(method, url, body=None, token=None):
    """One request: the status and the JSON that came back, if any."""
    request = urllib.request.Request(url, method=method)
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, data, timeout=TIMEOUT) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    return status, json.loads(text) if text else None


def new_id():
    """A UUID of version 7."""
    random = uuid.uuid4().int
    milliseconds = int(time.time() * 1000)
    value = milliseconds << 80 | 7 << 76 | (random >> 64 & 0xFFF) << 64 | 2 << 62 | random & (1 << 62) - 1
    return str(uuid.UUID(int=value))


class Connection:
    """One WebSocket, and the rows of the rooms that it is subscribed to."""

    def __init__(self, relay):
        self.url = relay.replace("http", "ws", 1) + "/v1/sync"
        self.rows = {}
        self.cursors = {}
        self.outcomes = {}
        self.memberships = set()
        self.online = {}
        self.typing = {}

    async def open(self, token):
        self.socket = await websockets.connect(self.url, subprotocols=["amend.v1.json"])
        assert self.socket.subprotocol == "amend.v1.json"
        await self.send({"hello": {"version": 1, "token": token}})
        welcome = await self.until("welcome")
        self.memberships = set(welcome["rooms"])
        return welcome

    async def send(self, frame):
        await self.socket.send(json.dumps(frame))

    async def next(self):
        """The next frame's name and content, after taking what it brings."""
        frame = json.loads(await asyncio.wait_for(self.socket.recv(), TIMEOUT))
        assert len(frame) == 1, frame
        (name, content), = frame.items()
        getattr(self, "take_" + name, lambda content: None)(content)
        return name, content

    async def until(self, wanted):
        while True:
            name, content = await self.next()
            if name == wanted:
                return content

    def store(self, room, rows):
        """A row is stored only if its seq is higher than the one that is there."""
        for row in rows:
            (kind, content), = row.items()
            keys = {
                "room": ["id"],
                "member": ["user_id"],
                "message": ["id"],
                "reaction": ["message_id", "user_id", "emoji"],
                "read_marker": ["user_id"],
            }[kind]
            key = (room, kind) + tuple(content[name] for name in keys)
            if key not in self.rows or self.rows[key]["seq"] < content["seq"]:
                self.rows[key] = content

    def take_changes(self, changes):
        room = changes["room"]
        self.store(room, changes["rows"])
        assert changes["from"] <= self.cursors[room], "a gap"
        self.cursors[room] = max(self.cursors[room], changes["through"])

    def take_snapshot(self, snapshot):
        self.store(snapshot["room"], snapshot["rows"])
        self.cursors[snapshot["room"]] = snapshot["through"]

    def take_page(self, page):
        self.store(page["room"], page["rows"])

    def take_memberships(self, memberships):
        self.memberships = set(memberships["rooms"])

    def take_outcomes(self, outcomes):
        for outcome in outcomes["outcomes"]:
            # An outcome is never ahead of the rows that it made, for a room that is subscribed.
            self.outcomes[outcome["op_id"]] = outcome["outcome"]

    def take_presence(self, presence):
        online = set() if presence["reset"] else self.online.get(presence["room"], set())
        self.online[presence["room"]] = (online | set(presence["online"])) - set(presence["offline"])
        typing = set() if presence["reset"] else self.typing.get(presence["room"], set())
        self.typing[presence["room"]] = (typing | set(presence["typing"])) - set(presence["stopped"])

    async def push(self, *ops):
        """Pushes operations and waits for their outcomes."""
        envelopes = [{"op_id": new_id(), "at": int(time.time() * 1000), "op": op} for op in ops]
        await self.send({"push": {"ops": envelopes}})
        while not all(one["op_id"] in self.outcomes for one in envelopes):
            await self.next()
        return envelopes, [self.outcomes[one["op_id"]] for one in envelopes]

    async def apply(self, *ops):
        envelopes, outcomes = await self.push(*ops)
        assert all("applied" in outcome for outcome in outcomes), outcomes
        return envelopes

    async def subscribe(self, room, after=None):
        if after is not None:
            self.cursors[room] = after
        await self.send({"subscribe": {"room": room, "after": after}})
        await self.until("changes" if after is not None else "snapshot")

    def messages(self, room):
        """The timeline: by position."""
        found = [row for key, row in self.rows.items() if key[:2] == (room, "message")]
        return sorted(found, key=lambda row: row["position"])


def login(relay, name, password):
    status, answer = http("POST", relay + "/v1/login", {"name": name, "password": password})
    assert status == 200, answer
    return answer["token"], answer["user"]


async def main(relay, name, password, other, others_password):
    assert http("POST", relay + "/v1/login", {"name": name, "password": "wrong"})[1]["code"] == "bad_credentials"
    token, me = login(relay, name, password)
    others_token, them = login(relay, other, others_password)
    mine, theirs = Connection(relay), Connection(relay)
    assert (await mine.open(token))["user"] == me
    await theirs.open(others_token)

    room, message = new_id(), new_id()
    await mine.apply({"create_room": {"room_id": room, "name": "From Python", "topic": ""}})
    assert room in mine.memberships
    await mine.subscribe(room)
    invite = {"room_id": room, "user_id": them, "change": "invite"}
    await mine.apply({"set_member": invite})
    while room not in theirs.memberships:
        await theirs.next()
    await theirs.subscribe(room)

    post = {"post": {"room_id": room, "message_id": message, "body": "one\ntwo\nthree"}}
    envelopes = await mine.apply(post)
    assert [row["body"] for row in mine.messages(room)] == ["one\ntwo\nthree"]
    # The same again: the same outcome, and nothing twice.
    first = mine.outcomes.pop(envelopes[0]["op_id"])
    await mine.send({"push": {"ops": envelopes}})
    while envelopes[0]["op_id"] not in mine.outcomes:
        await mine.next()
    assert mine.outcomes[envelopes[0]["op_id"]] == first
    while not theirs.messages(room):
        await theirs.next()

    # Two edits of the same text are merged, or are a conflict.
    await mine.apply({"set_room": {"room_id": room, "change": {"edit_policy": "everyone"}}})
    edit = {"room_id": room, "message_id": message, "base_rev": 1, "base": "one\ntwo\nthree"}
    await mine.apply({"edit": dict(edit, body="ONE\ntwo\nthree")})
    await theirs.apply({"edit": dict(edit, body="one\ntwo\nTHREE")})
    assert theirs.messages(room)[0]["body"] == "ONE\ntwo\nTHREE"
    _, outcomes = await theirs.push({"edit": dict(edit, body="eins\ntwo\nthree")})
    assert outcomes[0]["rejected"]["code"] == "conflict", outcomes
    _, outcomes = await theirs.push({"set_room": {"room_id": room, "change": {"name": "Mine"}}})
    assert outcomes[0]["rejected"]["code"] == "forbidden", outcomes

    # Typing is told to the others, and ends by itself.
    await mine.send({"typing": {"room": room, "on": True}})
    while me not in theirs.typing.get(room, set()):
        await theirs.next()
    while me in theirs.typing[room]:
        await theirs.next()

    # A reaction, a pin and a read marker are rows too; a text that can't be kept is rejected.
    await theirs.apply({"react": {"room_id": room, "message_id": message, "emoji": "👍", "on": True}})
    await mine.apply({"pin": {"room_id": room, "message_id": message, "on": True}})
    await mine.apply({"mark_read": {"room_id": room, "position": mine.messages(room)[0]["position"]}})
    assert mine.rows[(room, "reaction", message, them, "👍")]["removed_at"] is None
    assert mine.messages(room)[0]["pinned_at"] is not None
    assert mine.rows[(room, "read_marker", me)]["position"] == mine.messages(room)[0]["position"]
    _, outcomes = await mine.push({"post": {"room_id": room, "message_id": new_id(), "body": "a\0b"}})
    assert outcomes[0]["rejected"]["code"] == "body_not_text", outcomes

    # The direct room of the two: its id is made of theirs, and it is there once.
    pair = b"".join(sorted(uuid.UUID(one).bytes for one in (me, them)))
    namespace = uuid.UUID("3c1d95a2-7f0e-5b64-9a41-0e6d22c8b7f5").bytes
    digest = bytearray(hashlib.sha1(namespace + pair).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x50, digest[8] & 0x3F | 0x80
    direct = str(uuid.UUID(bytes=bytes(digest)))
    await mine.apply({"open_direct": {"room_id": direct, "with": [{"user_id": them}]}})
    await theirs.apply({"open_direct": {"room_id": direct, "with": [{"user_id": me}]}})
    assert direct in mine.memberships and direct in theirs.memberships

    # Nonsense gets a typed error and harms nothing.
    await mine.send({"unheard_of": {}})
    assert (await mine.until("error"))["code"] == "unknown_frame"
    await mine.send({"subscribe": {"room": new_id(), "after": None}})
    assert (await mine.until("error"))["code"] == "room_not_found"
    await mine.send({"watch": {"channel": "nobody watches this"}})
    assert (await mine.until("error"))["code"] == "channel_not_found"
    await mine.send({"subscribe": {"room": room, "after": 1_000_000}})
    assert (await mine.until("resync"))["room"] == room
    await mine.subscribe(room)
    # The wrong kind of message is the end: an error, and the close code of the page.
    wrong = Connection(relay)
    await wrong.open(token)
    await wrong.socket.send(b"{}")
    assert (await wrong.until("error"))["code"] == "malformed"
    await wrong.socket.wait_closed()
    assert wrong.socket.close_code == 1003, wrong.socket.close_code

    # Cut off: from the cursor on, nothing is missing.
    cursor = theirs.cursors[room]
    await theirs.socket.close()
    ids = [new_id() for _ in range(150)]
    await mine.apply(*({"post": {"room_id": room, "message_id": one, "body": one}} for one in ids))
    await mine.apply({"delete": {"room_id": room, "message_id": message}})
    await theirs.open(others_token)
    await theirs.subscribe(room, cursor)
    while len(theirs.messages(room)) < 151:
        await theirs.next()
    assert [row["id"] for row in theirs.messages(room)] == [message] + ids
    while theirs.messages(room)[0]["deleted_at"] is None:
        await theirs.next()
    assert theirs.messages(room)[0]["body"] == ""

    # Afresh: the newest page, and older ones behind it.
    fresh = Connection(relay)
    await fresh.open(token)
    await fresh.send({"subscribe": {"room": room, "after": None}})
    before = (await fresh.until("snapshot"))["before"]
    while before is not None:
        await fresh.send({"fetch": {"room": room, "before": before, "limit": 40}})
        before = (await fresh.until("page"))["before"]
    assert [row["id"] for row in fresh.messages(room)] == [message] + ids
    while fresh.online.get(room) != {me, them}:
        await fresh.next()

    # The history and the versions over HTTP.
    address = f"{relay}/v1/rooms/{room}/messages"
    after, seen = 0, []
    while after is not None:
        status, page = http("GET", f"{address}?limit=50&after={after}", token=token)
        assert status == 200, page
        seen += [row["message"]["id"] for row in page["rows"] if "message" in row]
        after = page["after"]
    assert seen == [message] + ids
    status, versions = http("GET", f"{address}/{message}/versions", token=token)
    assert [version["rev"] for version in versions["versions"]] == [1, 2, 3], versions

    # A session that is ended is told so.
    sessions = http("GET", relay + "/v1/sessions", token=others_token)[1]["sessions"]
    assert any(session["current"] for session in sessions)
    assert http("DELETE", relay + "/v1/sessions/current", token=others_token)[0] == 204
    assert (await theirs.until("error"))["code"] == "token_invalid"
    await mine.socket.close()
    await fresh.socket.close()
    print("as the page says")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
