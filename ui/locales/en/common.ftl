# Texts of this area. One message a text; other languages have the same messages.

close = Close
cancel = Cancel
save = Save
