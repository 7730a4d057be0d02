//! A TCP line that can be cut, stalled and closed, in front of one or several relays.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the line does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    /// Connections made before this number of cuts are gone.
    cuts: u64,
    /// Nothing passes towards the relay.
    stalled_up: bool,
    /// Nothing passes towards the client.
    stalled_down: bool,
    /// New connections are refused.
    closed: bool,
}

/// A line; it ends with the value.
pub struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    relay: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// A line to the first of these relays; see [`Proxy::switch`].
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start(relays: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, seen) = watch::channel(State::default());
        let relay = Arc::new(AtomicUsize::new(0));
        let chosen = Arc::clone(&relay);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if seen.borrow().closed {
                    continue;
                }
                let to = relays[chosen.load(Ordering::Relaxed) % relays.len()];
                let seen = seen.clone();
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(to).await else {
                        return;
                    };
                    let _ = (near.set_nodelay(true), far.set_nodelay(true));
                    let (near_read, near_write) = near.into_split();
                    let (far_read, far_write) = far.into_split();
                    let up = pass(near_read, far_write, seen.clone(), |state| state.stalled_up);
                    let down = pass(far_read, near_write, seen, |state| state.stalled_down);
                    // Whichever way ends first ends both.
                    tokio::select! { () = up => {}, () = down => {} }
                });
            }
        });
        Self {
            address,
            state,
            relay,
            task,
        }
    }

    /// Where clients connect.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// New connections go to this relay.
    pub fn switch(&self, relay: usize) {
        self.relay.store(relay, Ordering::Relaxed);
    }

    /// Breaks every connection.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Stops passing anything on, in one or both directions, or goes on.
    pub fn stall(&self, up: bool, down: bool) {
        self.state.send_modify(|state| {
            (state.stalled_up, state.stalled_down) = (up, down);
        });
    }

    /// Refuses new connections and breaks those that there are, or takes them again.
    pub fn close(&self, closed: bool) {
        self.state.send_modify(|state| {
            state.closed = closed;
            state.cuts += u64::from(closed);
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

async fn cut(mut state: watch::Receiver<State>, cuts: u64) {
    let _ = state.wait_for(|state| state.cuts != cuts).await;
}

/// Passes bytes on until either end is gone or the line is cut.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
    stalled: fn(&State) -> bool,
) {
    let cuts = state.borrow().cuts;
    let mut bytes = vec![0_u8; 16 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read,
            () = cut(state.clone(), cuts) => return,
        };
        let Ok(read @ 1..) = read else { return };
        let passes = |state: &State| state.cuts != cuts || !stalled(state);
        let now = state.wait_for(passes).await.map(|state| *state);
        if !now.is_ok_and(|now| now.cuts == cuts) {
            return;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
