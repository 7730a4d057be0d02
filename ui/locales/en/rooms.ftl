# Texts of this area. One message a text; other languages have the same messages.

rooms = Rooms
rooms-and-account = Rooms and account
rooms-none = None yet. Make one or browse.
section-favourites = Favourites
section-rooms = Rooms
section-direct = Direct messages
section-archived = Archived
new-room = New room
browse-rooms = Browse rooms
new-direct = New message
show-rooms = Show rooms
no-rooms = You are in no room yet
no-rooms-what = Make one for your team, or browse the rooms that are there. Rooms are beside this page; in a narrow window, behind the menu button.
welcome = Welcome
not-sent = Not sent

# $name: the room's.
room-menu = What to do with { $name }
room-failed = not accepted
room-waiting = waiting for the relay
room-draft = text that is not sent
retry-room = Retry
discard-room = Discard
mark-read = Mark as read
favourite = Favourite
mute = Mute
muted = muted
copy-link = Copy link
# $count: messages that nobody here has read.
unread-count = { $count ->
    [one] { $count } unread message
   *[other] { $count } unread messages
}
# $count: unread messages that name the reader or are to them alone.
unread-for-me = { $count ->
    [one] { $count } unread message for you
   *[other] { $count } unread messages for you
}

switcher = Go to a room or person
switcher-hint = Letters of a room or a person
switcher-person = Person
switcher-action = Action
switcher-link = Open link
nothing-found = Nothing is called so.

name = Name
topic = Topic
optional = (optional)
topic-hint = What it is about
new-room-what = Everyone on this relay can find the room and join it.
first-members = First members
create-room = Create room
policy = Who may edit a message
policy-author = Its author
policy-moderators = Its author, and who looks after the room
policy-everyone = Everyone who may write

find-rooms = Find rooms
open = Open
join = Join
# $name: the room's.
open-room = Open { $name }
join-title = Join { $name }
join-unknown-title = A room that is not known here
join-unknown = The link leads to a room that you are not in, and that is not open to everyone, or the relay has not told of it yet. Ask someone who is in it to invite you.
browse-none = No rooms are known yet. They appear as soon as the relay has answered; or make the first one.

room-settings = Settings
# $name: the room's.
settings-of = Settings of { $name }
settings-not-yours = Only those who look after this room may change them.
archived = Archived
archive = Archive
unarchive = Open again
leave-room = Leave
# $name: the room's.
leave-title = Leave { $name }?
leave-what = You hear no more of it. You can join again as long as it is open.
leave-direct-what = You hear no more of it until one of you writes to the other again.

link-unknown = This is no link that Amend knows.
# $relay: an address.
link-elsewhere = This link leads to another relay, { $relay }. Add your account there first.
# $name: whose account.
link-known = You are on this relay already, as { $name }.
