# Texts of this area. One message a text; other languages have the same messages.

people = People in this room
show-people = Show people
you = you
find-people = Find people
invite-people = Add people
# $name: the room's.
invite-to = Add people to { $name }
invite-add = Add
# $count: for how many; $days: how long it holds.
invite-room-what = Not here yet? A link lets { $count ->
    [one] one person
   *[other] { $count } people
} make an account within { $days ->
    [one] a day
   *[other] { $days } days
} and brings them into this room.
write-to = Message
mention = Mention
# $max: a number.
direct-too-many = A direct room is between at most { $max } people. More is a room.
# $count: people.
people-count = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
# $count: people.
people-online = { $count } online
presence-online = online
presence-offline = offline
presence-unknown = not known while offline
presence-unknown-all = You are offline: who is there is not known.
role = Role
role-owner = Owner
role-moderator = Moderator
role-member = Member
role-reader = Reader
role-removed = Removed
remove-person = Remove from this room
# $name: a person's.
remove-what = { $name } hears no more of this room and comes back by invitation only.
# $name: a person's.
typing-one = { $name } is typing…
# $name, $other: two people's.
typing-two = { $name } and { $other } are typing…
# $count: people, three or more.
typing-many = { $count } people are typing…
