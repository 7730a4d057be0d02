# Texts of this area. One message a text; other languages have the same messages.

messages = Messages
new-messages = New messages
older-loading = Older messages…
older-fetching = Fetching older messages from the relay…
room-empty = Nothing has been written here yet. Write the first message below.
room-begins = This is where the room begins.
scrollbar = Place in the room
today = Today
yesterday = Yesterday
unread-line = New

# $name: who wrote it. $moment: date and time.
message-by = { $name }, { $moment }
message-deleted = This message was deleted
message-actions = What to do with this message
message-more = More
message-reply = Reply
message-react = Add a reaction
more-emoji = More emoji
message-edit = Edit
message-pin = Pin to this room
message-unpin = Unpin
message-copy-link = Copy link
message-copy-text = Copy text
message-versions = Show earlier versions
message-delete = Delete
message-is-pinned = Pinned to this room
# $action: what it does. $key: the key that does it.
action-with-key = { $action } ({ $key })
delete-question = Delete this message for everyone?
delete-yes = Delete
delete-no = Keep
deleted-meanwhile = Deleted in the meantime; copy your text if it is still needed.
changed-meanwhile = Changed in the meantime to:
link-copied = The link is on the clipboard.
text-copied = The text is on the clipboard.
copy-failed = The clipboard could not be used. Select the text and copy it with Ctrl+C.

edited = edited
# $moment: when.
edited-at = Edited { $moment }. Click for every version.
# $name: by whom. $moment: when.
edited-by = Edited by { $name }, { $moment }. Click for every version.
pinned = pinned
waiting = waiting
waiting-why = Saved on this device; waiting for the relay
sent = Sent: the relay has it

reactions = Reactions
# $names: people, with commas. $emoji: what they put on it.
reaction-who = { $names } reacted with { $emoji }
# $others: how many more.
reaction-who-others = { $names } and { $others ->
    [one] { $others } other
   *[other] { $others } others
} reacted with { $emoji }

reply-jump = Go to this message
reply-not-here = A message that is not on this device
reply-cancel = Do not reply
# $name: whom.
replying-to = Replying to { $name }

pins = Pinned messages
pins-none = Nothing is pinned here yet. Whoever looks after the room pins messages from their menu.
# $count: how many.
pins-listed = Pinned messages: { $count }
# $count: how many.
pins-count = { $count ->
    [one] { $count } pinned
   *[other] { $count } pinned
}

versions-title = Every version of this message
versions-deleted = The message was deleted.
versions-asking = Asking the relay for earlier versions…
# $count: how many texts are not here.
versions-missing = { $count ->
    [one] { $count } earlier version is not on this device.
   *[other] { $count } earlier versions are not on this device.
}

jump-to-date = Jump to a date
month-before = The month before
month-after = The month after
jump-beginning = The beginning
jump-newest = Jump to newest
# $count: how many unread messages.
jump-newest-count = { $count ->
    [one] { $count } new message
   *[other] { $count } new messages
}
# $count: more than so many.
jump-newest-many = more than { $count } new messages

missing-fetching = That message is not on this device yet. Older messages are being fetched; it is shown as soon as it is here.
missing-gone = That message is not in this room’s history on this device. It may never have reached the relay.
missing-no-room = That link leads to a room that you are not in. Join it first, or ask for an invitation.

# $name: who wrote. $text: what.
arrived = { $name }: { $text }
# $count: how many.
many-arrived = { $count } new messages

refused-conflict = Two edits met.
refused-edit = Your edit was not accepted.
refused-delete = Not deleted.
refused-pin = Not pinned.
refused-post = Not sent.
theirs = Theirs, which stands now
# $name: whose.
theirs-by = { $name }’s, which stands now
yours = Yours
both-began-from = What both began from
keep-mine = Keep mine
keep-theirs = Keep theirs
keep-both = Keep both
keep-both-how = Keep both: theirs stays here, and yours is posted as an answer to it.
edit-both = Merge by hand
keep-theirs-sure = Keep theirs and give up your text?
discard-text-sure = Give up your text?
discard-sure = Give this change up?
give-up = Give up
keep-text = Keep
post-as-new = Post as new
retry = Retry
edit-again = Edit again
discard = Discard
