# Texts of this area. One message a text; other languages have the same messages.

accounts = Accounts
add-account = Add an account
rename-account = Name this account
account-label = Its name on this device
other-accounts = Your other accounts on this device
account-locked = { $account } (locked)
account-failed = { $account } (can't be opened)
account-unread = { $account } ({ $count } unread)
account-waiting = { $account } ({ $count } waiting to be sent)

sign-out = Sign out
sign-out-keep = Keep what is on this device
sign-out-keep-what = Messages, drafts and unsent changes stay here, for when you sign in again.
sign-out-wipe = Remove everything from this device
sign-out-wipe-what = Messages, drafts, files and keys of this account are deleted here. What the relay has stays there.
sign-out-unsent = Only on this device: { $waiting ->
    [one] 1 unsent change
   *[other] { $waiting } unsent changes
}, { $recovered ->
    [one] 1 refused text
   *[other] { $recovered } refused texts
}, { $drafts ->
    [one] 1 draft
   *[other] { $drafts } drafts
}. To keep them, stay until they are sent.
sign-out-agree = Delete them too

unlock-title = This account is locked
recovery-code = Recovery code
unlock = Unlock
ask-keyring-again = Ask the keyring again
start-fresh = Start fresh
start-fresh-what = The encrypted messages on this device are set aside, untouched, and this account begins empty. If the recovery code turns up, what you had not sent can still be taken over, in the settings.
start-fresh-confirm = Set aside and start fresh

encryption = Encryption on this device
encryption-is-on = Messages, drafts and unsent changes on this device are encrypted. Attached files are not.
encryption-is-off = Messages on this device are stored as they are. Whoever can read your files can read them.
encryption-busy = One moment…
encrypt = Encrypt
encrypt-without-keyring = Encrypt without a keyring (the code is asked for at each start)
decrypt = Turn encryption off
renew-code = New recovery code
code-not-saved = You have not confirmed yet that you wrote the recovery code down. Make a new one to see it.
code-saved = I have written it down and keep it apart from this device
recovery-code-what = If your system's keyring is lost, this code is the only way to your messages on this device. It is shown once.
done = Done
token-in-keyring = Your session is kept in the system's keyring.
token-in-file = Your session is kept in a file that only your user can read, as there is no keyring.
set-aside = Set aside: { $folder }
set-aside-what = Encrypted messages whose key was lost. With the recovery code, what you had not sent can be taken over.
set-aside-imported = What you had not sent in it was taken over.
set-aside-import = Take over
set-aside-taken = Taken over: { $waiting } unsent, { $recovered } refused, { $drafts } drafts.

welcome-title = Amend
welcome-line = A team chat whose messages can be edited, offline too. Your messages stay on this device and are in step with your team's relay.
welcome-ways = How to begin
sign-in = Sign in
signing-in = Signing in…
sign-in-again = Sign in again
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
