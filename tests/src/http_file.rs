//! A server that answers every GET with one text: somebody else's web server, as far as a test needs one.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The server; it serves until the test ends.
pub struct HttpFile {
    address: SocketAddr,
    text: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl HttpFile {
    /// Serves a text.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn serve(text: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let text = Arc::new(Mutex::new(text.to_owned()));
        let served = Arc::clone(&text);
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0_u8; 4096];
                let _ = stream.read(&mut request);
                count.fetch_add(1, Ordering::SeqCst);
                let body = served.lock().unwrap().clone();
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length:";
                let _ = write!(stream, "{head} {}\r\n\r\n{body}", body.len());
            }
        });
        Self {
            address,
            text,
            asked,
        }
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Serves another text from now on.
    ///
    /// # Panics
    /// When the server has.
    pub fn set(&self, text: &str) {
        text.clone_into(&mut self.text.lock().unwrap());
    }

    /// Where.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}
