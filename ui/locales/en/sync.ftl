# Texts of this area. One message a text; other languages have the same messages.

# $count: how many changes the relay has not answered yet.
changes-waiting = { $count ->
    [one] { $count } change waiting
   *[other] { $count } changes waiting
}
# $count: how many changes the relay has refused.
changes-refused = { $count ->
    [one] { $count } change not accepted
   *[other] { $count } changes not accepted
}

offline = Offline
connecting = Connecting…
catching-up = Catching up…
online = Online
signed-out = Signed out
try-now = Try now
