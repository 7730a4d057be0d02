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
