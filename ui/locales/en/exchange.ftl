# Texts of this area. One message a text; other languages have the same messages.

exchange-title = Import and export
exchange-list = Imports and exports

import-title = Import
import-what = A Slack export (.zip or folder), a Mattermost bulk export (.jsonl or .zip), or a file that Amend has exported. You see what is in it before anything is sent. Only an admin of the relay can import, as it writes in other people’s names.
import-pick-file = Choose a file…
import-pick-folder = Choose a folder…
import-or = Or write where it is:
import-read = Read it
import-looking = Looking at what is in it…
import-ask-again = Try again
# $messages, $reactions: how many there are.
import-holds = It holds { $messages ->
    [one] { $messages } message
   *[other] { $messages } messages
} and { $reactions ->
    [one] { $reactions } reaction
   *[other] { $reactions } reactions
}.
import-rooms = Rooms
import-private = Private rooms are left out unless you choose them: here, a room is open to everybody on the relay, unless it is a direct one.
import-room-direct = direct
import-room-private = private
# $count: how many messages a room has or somebody wrote.
import-messages = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
import-people = People
import-people-what = Who they are here. Somebody who has no account yet gets one that nobody can sign in to until you invite them to it.
import-person-new = New account, to be claimed
import-person-skip = Leave out
# $count: how many people are not in the list.
import-people-more = { $count ->
    [one] { $count } more person, who wrote less, becomes what is suggested.
   *[other] { $count } more people, who wrote less, become what is suggested.
}
import-start = Import
# $messages, $rooms, $people: how many are new.
import-taken = New: { $messages ->
    [one] { $messages } message
   *[other] { $messages } messages
}, { $rooms ->
    [one] { $rooms } room
   *[other] { $rooms } rooms
}, { $people ->
    [one] { $people } account
   *[other] { $people } accounts
}.
# $count: how many messages.
import-changed = { $count ->
    [one] { $count } message has changed since an earlier import.
   *[other] { $count } messages have changed since an earlier import.
}
# $count: how many rooms and messages.
import-same = { $count ->
    [one] { $count } was there already.
   *[other] { $count } were there already.
}

export-title = Export
export-what = Writes what is on this device. JSON Lines can be imported again; Markdown is for reading; SQLite is for asking questions.
export-format = As
export-rooms = What
export-all-rooms = All rooms
export-since = From (optional)
export-until = Until before (optional)
export-path = File to write; for Markdown, a folder
export-pick = Choose…
export-start = Export
# $messages, $rooms: how many were written.
export-written = Written: { $messages ->
    [one] { $messages } message
   *[other] { $messages } messages
} of { $rooms ->
    [one] { $rooms } room
   *[other] { $rooms } rooms
}.

exchange-reading = Reading the file
exchange-ready = Read; choose what to import
# $done, $total: messages.
exchange-running = { $done } of { $total } messages
exchange-waiting = Waiting for the relay
exchange-paused = Paused at { $done } of { $total }
exchange-done = Done
exchange-failed = Not finished
exchange-cancel = Cancel
exchange-pause = Pause
exchange-resume = Go on
exchange-remove = Remove from the list
# $count: how many things were left out.
exchange-skipped = { $count ->
    [one] { $count } thing was left out
   *[other] { $count } things were left out
}
# $path: a file.
exchange-report = The report is in { $path }.

format-slack = Slack
format-mattermost = Mattermost
format-jsonl = JSON Lines
format-markdown = Markdown
format-sqlite = SQLite

exchange-hint = Bring in what was written elsewhere (Slack, Mattermost, JSON Lines), or take what is on this device along (JSON Lines, Markdown, SQLite).
exchange-open = Open import and export
