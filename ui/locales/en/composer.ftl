# Texts of this area. One message a text; other languages have the same messages.

# Texts: what stands in a message.
task-done = Done
task-open = To do
table = Table
picture = Picture:
link-leads-to = Where this link really leads
code = Code
code-in = Code in { $language }
copy-code = Copy
copied = Copied
not-copied = Not copied: select the code and copy it

# Where a message is written.
message-to = Message #{ $room }
send = Send
send-hint = Send (Enter)
edit-message = Edit the message
edit-keys = Enter saves · Shift+Enter new line · Esc cancels
give-up-edit = Give up what you have changed?
go-on-editing = Go on editing
too-long = { $count ->
    [one] One byte too long. Shorten the message, or send it in parts.
   *[other] { $count } bytes too long. Shorten the message, or send it in parts.
}
bytes-left = { $count ->
    [one] One byte left
   *[other] { $count } bytes left
}
preview = Preview
preview-hint = Preview (Ctrl+Shift+P)
preview-empty = Nothing to show yet.
formatting = Formatting
bold = Bold (Ctrl+B)
italic = Italic (Ctrl+I)
strike = Struck out (Ctrl+Shift+X)
link = Link (Ctrl+Shift+K)
code-mark = Code (Ctrl+E)
code-block = Code block
quote = Quote
list = List
numbers = Numbered list
suggestions = Suggestions
suggestion-online = online

# Emoji.
emoji = Emoji
emoji-hint = Emoji (Ctrl+Shift+E)
emoji-search = Search emoji
emoji-none = No emoji is called that.
emoji-groups = Kinds of emoji
emoji-recent = Used lately
emoji-smileys = Smileys
emoji-people = People
emoji-nature = Animals and nature
emoji-food = Food and drink
emoji-travel = Travel and places
emoji-activities = Activities
emoji-objects = Objects
emoji-symbols = Symbols
emoji-flags = Flags
skin-tone = Skin tone
