# Texts of this area. One message a text; other languages have the same messages.

search = Search
search-shortcut = Ctrl+Shift+F
search-field = Search messages
# $room: the name of the open room.
search-here = Search in { $room }
search-placeholder = Words, "phrases", from:name, in:room, has:link …
search-names = Names
search-filters = Filters
search-results = What was found
search-order = What comes first
search-newest = Newest
search-best = Best
search-more = Show more
search-edited = edited
search-pending = waiting
search-begin = Search what is on this device
search-help = Type words, a "phrase in quotes" or -without. Filters narrow it: from:, in:, before:2026-11-01, after:, on:, has:link. It works offline.
search-nothing = Nothing found
search-nothing-help = Check the spelling, use fewer words, or take a filter back.
# $count: how many messages were found.
search-count = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
# $count: so many were counted; there are more.
search-count-more = More than { $count } messages
# $name: a name in a filter that nobody here has.
search-unknown = Nobody and no room here is called “{ $name }”.
# $percent: how much of it is done.
search-indexing = The index of older messages is being made: { $percent } %. The newest are found already.
# $rooms: names of rooms.
search-fetching = Searching what is here: the history of { $rooms } is still being fetched.
# $filter: what a chip says.
search-remove-filter = Remove: { $filter }
search-from = from { $name }
search-not-from = not from { $name }
search-in = in { $name }
search-not-in = not in { $name }
# $what: link, code, pin, reaction, image or file, as it is typed.
search-has = with { $what }
search-has-not = without { $what }
# $day: a date.
search-before = before { $day }
search-after = since { $day }
search-on = on { $day }
# $filter: the name of a filter, as it is typed.
search-unclear = { $filter }: not clear yet
