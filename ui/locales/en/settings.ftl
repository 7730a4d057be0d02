# Texts of this area. One message a text; other languages have the same messages.

settings = Settings
settings-button = Settings (Ctrl+,)
settings-appearance = Appearance
settings-language = Language
settings-notifications = Notifications
settings-start = Start and tray
settings-updates = Updates
settings-shortcuts = Keyboard shortcuts
settings-about = About

as-the-system = As the system

setting-theme = Theme
theme-light = Light
theme-dark = Dark
setting-contrast = Contrast
contrast-normal = Normal
contrast-high = High
setting-font-size = Size of text and everything
setting-font-size-hint = Ctrl and plus, minus or 0 do the same.
font-smaller = Smaller
font-larger = Larger
font-normal = Normal size
# $value: a number.
percent = { $value } %
setting-reduced-motion = Nothing moves
setting-reduced-motion-hint = No animations, whatever the system says.

setting-notifications = Notify me of
notify-all = Every message
notify-mentions = Mentions and direct messages
notify-none = Nothing
setting-do-not-disturb = Do not disturb
setting-do-not-disturb-hint = No notifications until you switch this off. Unread messages are still counted.
setting-notification-text = Show what was written
setting-notification-text-hint = Without it a notification only says that there is something, and in which room.

setting-start-minimised = Start without a window
setting-start-minimised-hint = Amend starts in the tray. Where there is no tray, its window starts minimised.
setting-close-to-tray = Closing the window leaves Amend in the tray
setting-close-to-tray-hint = You go on getting notifications. Where there is no tray, closing the window ends Amend.

setting-update-check = Look for a newer version once a day
setting-update-check-hint = Asks where this build says, and sends nothing but the version that you have. Nothing is installed by itself.

# $path: a file.
settings-unreadable = The file { $path } could not be read, so these are the defaults. Your next choice sets it aside and begins a new one.
# $path: a file; $keys: names in it.
settings-bad-keys = The file { $path } has values that can't be used ({ $keys }). The defaults hold for those.

shortcut-switcher = Go to a room or person
shortcut-search-here = Search this room
shortcut-search = Search everything
shortcut-settings = Settings
shortcut-larger = Larger
shortcut-smaller = Smaller
shortcut-normal-size = Normal size
shortcut-send = Send
shortcut-new-line = New line
shortcut-edit-last = Edit your last message
shortcut-cancel = Cancel, close

about-licence = Licence

no-tray = There is no tray on this desktop now, so closing the window ends Amend.

# $version: a version's number.
update-newer = Amend { $version } is there. You get it here:
# $at: when.
update-none = Nothing newer when Amend asked last, { $at }.
# $reason: what the system said.
update-trouble = Whether there is a newer version could not be learned: { $reason }
update-ask = Ask now
update-no-feed = This build does not say where to ask. Your package manager brings new versions.
update-later = Later

# $path: a file.
crashed = Amend stopped unexpectedly the last time. Your messages are as they were. What happened is noted, without any of them, in { $path }; whoever looks after your Amend may want it.
crash-read = Got it
