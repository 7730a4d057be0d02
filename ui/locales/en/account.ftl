# Texts of this area. One message a text; other languages have the same messages.

welcome-title = Amend
welcome-line = A team chat whose messages can be edited, offline too. Your messages stay on this device and are in step with your team's relay.
welcome-ways = How to begin
sign-in = Sign in
signing-in = Signing in…
sign-in-again = Sign in again
sign-out = Sign out
have-invite = I have an invite
host-own = Host my own
host-what = A relay is one program on one machine of yours. On Debian and Ubuntu it is one package; it brings its own database.
host-docs = The whole way, from installing to backups, is in
relay = Relay
password = Password
invite-link = Invite link
invite-code = Code
have-code = I have an address and a code
have-link = I have a link
# $relay: an address.
invited-to = You are invited to { $relay }.
invite-link-wrong = This is no invite link. It begins with amend://join – copy all of it.
your-name = Your name there
make-account = Make my account
making-account = Making it…
password-hint = At least 8 characters. A few words that only you would put together are good.
# $min: a number.
password-short = Too short: at least { $min } characters.
password-weak = Weak: easy to guess. Make it longer.
password-fair = Fair.
password-strong = Strong.

profile = Your account
name-by-host = Your name can be changed by whoever hosts the relay.
devices = Devices
# $at, $until: moments.
session-used = Last used { $at } · signed in until { $until }
this-device = This device
password-old = Present password
password-new = New password
password-save = Set new password
password-done = Your password is changed. Your other devices have to sign in again.
invites = Invites
# $count: people; $days: days.
invites-what = A link lets { $count ->
    [one] one person
   *[other] { $count } people
} make an account within { $days } days.
invite-make = Make an invite link
invite-once = It is shown this once: nobody can read it again.
# $count: people.
invite-left = { $count ->
    [one] For { $count } person
   *[other] For { $count } people
}
# $by: who made it; $until: a moment.
invite-until = By { $by } · until { $until }
invite-revoke = Take back
the-host = the host
