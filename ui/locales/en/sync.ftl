# Texts of this area. One message a text; other languages have the same messages.

# $count: how many changes the relay has not answered yet.
changes-waiting = { $count ->
    [one] { $count } change waiting
   *[other] { $count } changes waiting
}
# $count: how many changes the relay has refused.
changes-refused = { $count ->
    [one] { $count } change not accepted
   *[other] { $count } changes not accepted
}

offline = Offline
connecting = Connecting…
catching-up = Catching up…
online = Online
signed-out = Signed out
try-now = Try now

# $count: how many changes wait; $time: when the oldest of them was written.
changes-waiting-since = { $count ->
    [one] { $count } change waiting since { $time }
   *[other] { $count } changes waiting since { $time }
}
# $count: how many changes wait.
changes-waiting-kept = { $count ->
    [one] { $count } change is waiting; nothing is lost.
   *[other] { $count } changes are waiting; nothing is lost.
}
# $time: a date and a time.
sync-since = Since { $time }
# $state: online, offline and so on.
sync-open = { $state }: show what waits and what was not accepted
sync-title = Sync
# $level rooms of $rooms are level with the relay.
rooms-level = { $level } of { $rooms } rooms up to date
# $percent: about how much of the history is here.
fetching-older = Fetching older messages, about { $percent } %
fetching-sentence = { $rooms ->
    [one] Older messages of one room are still being fetched; about { $percent } % of its history is here.
   *[other] Older messages of { $rooms } rooms are still being fetched; about { $percent } % of their history is here.
}
in-step-now = Everything is sent, and everything new is here.
# $time: a date and a time.
in-step-at = Last up to date: { $time }
sync-waiting-title = Waiting for the relay
sync-nothing-waits = Nothing is waiting.
sync-recovered-title = Not accepted
sync-nothing-recovered = Everything that you wrote has got through.
# $room: a room's name; $time: when it was written. Stands after what it is.
sync-where-when = { " " }in { $room } · { $time }
# $what: message, edit and so on; $name: whose.
change-by = { $what } by { $name }
change-post = Message
change-edit = Edit
change-delete = Deletion
change-create-room = New room
change-join = Joining
change-leave = Leaving
change-pin = Pin
change-react = Reaction
change-mark-read = Read marker
change-set-room = Room settings
change-set-member = Change of a member
change-open-direct = Direct room
state-waiting = It has not left this device. It is sent as soon as the relay can be reached.
state-sent = It may have reached the relay, which has not answered yet. It is sent once more if it has not.
state-accepted = The relay has it. What it changed is still to come back.
take-back = Take back
take-back-forget = Take it back? It has not left this device.
take-back-delete = Take it back? It may be with the relay already, so it will be deleted there: others may have seen it.
take-back-later-first = A later change builds on this one.
take-back-too-late = It may be with the relay already, so it can't be taken back.
sync-keep = Keep
sync-copy-text = Copy text
sync-copied = Copied.
sync-not-copied = The clipboard could not be used. Select the text and copy it by hand.
sync-show-in-room = Show in room
sync-retry = Try again
sync-edit-and-send = Edit and send
sync-send-again = Send
sync-discard = Discard
sync-give-up = Give up
sync-give-up-question = Give it up for good?

notice-dismiss = Got it
