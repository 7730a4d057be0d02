# Texts of this area. One message a text; other languages have the same messages.

attach = Attach files
attached = Attached files
detach = Take { $name } out
file-again = Try to fetch { $name } again
file-coming = { $percent } % fetched
file-elsewhere = Not on this device. It is fetched when you are online.
file-fetch = Fetch { $name }
file-open = Open { $name }
file-progress = Progress
file-save = Save { $name } to your downloads
file-saved = Saved as { $path }
file-sending = { $percent } % sent
file-stop = Stop fetching { $name }
file-unreadable = { $name } could not be read. Check that it is still there, and that it is no folder.
file-waiting = Waiting for the relay
file-wanted = It is fetched when you are online
image-broken = This image can't be shown. Save it instead.
image-open = Show { $name } large
viewer-before = Before
viewer-keys = Image. Arrows: the others; plus and minus: larger and smaller; Escape: close
viewer-larger = Larger
viewer-next = Next
viewer-place = { $at } of { $count }
viewer-smaller = Smaller
