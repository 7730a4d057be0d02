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
