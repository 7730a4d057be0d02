# What the shell around the page says: notifications and the tray's menu. Read by src-tauri/src/texts.rs.

# $author: who wrote; $room: a room's name.
notify-one = { $author } in #{ $room }
# $count: how many messages; $room: a room's name.
notify-many = { $count ->
    [one] { $count } new message in #{ $room }
   *[other] { $count } new messages in #{ $room }
}
# $count: how many messages; $author: who wrote them.
notify-many-direct = { $count ->
    [one] { $count } new message from { $author }
   *[other] { $count } new messages from { $author }
}
# $author: who wrote the newest of several; $text: what it says.
notify-latest = { $author }: { $text }
# In place of what a message says.
notify-hidden = Open Amend to read
# What a click on a notification does.
notify-open = Open

tray-open = Open Amend
tray-do-not-disturb = Do not disturb
tray-quit = Quit
# $count: how many messages are unread.
tray-unread = { $count ->
    [0] Amend
    [one] Amend – { $count } unread message
   *[other] Amend – { $count } unread messages
}

# Above the system's dialog for files.
pick-file = Choose an export to read
pick-folder = Choose the folder of an export
pick-save = Save as
pick-save-folder = Choose a folder to write to
# Which files the dialog shows.
pick-kinds = Exports
pick-all = All files
