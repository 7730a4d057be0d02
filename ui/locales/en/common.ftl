# Texts of this area. One message a text; other languages have the same messages.

close = Close
cancel = Cancel
save = Save

startup-failed = Amend could not start
# $detail: what the web view says, in English.
shell-unreachable = The page could not reach the Amend program around it ({ $detail }). Close this window and start Amend again.
no-reason-given = no reason given
