//! One connection's bytes, in clear or through TLS.
//!
//! Invariant: a peer that takes nothing of what is sent to it for `send_seconds` is given up.

use crate::limits::Limit;
use crate::metrics::metrics;
use std::io::{ErrorKind, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_rustls::server::TlsStream;

/// A connection.
pub struct Stream {
    line: Line,
    send_max: Duration,
    /// Runs while the peer takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

enum Line {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    pub(super) fn clear(line: TcpStream, send_max: Duration) -> Self {
        Self::new(Line::Clear(line), send_max)
    }

    pub(super) fn tls(line: TlsStream<TcpStream>, send_max: Duration) -> Self {
        Self::new(Line::Tls(Box::new(line)), send_max)
    }

    fn new(line: Line, send_max: Duration) -> Self {
        Self {
            line,
            send_max,
            stalled: None,
        }
    }

    /// Notes whether the peer takes what is sent, and gives it up when it has not for too long.
    fn watch<T>(&mut self, context: &mut Context<'_>, sent: Poll<Result<T>>) -> Poll<Result<T>> {
        if sent.is_ready() {
            self.stalled = None;
            return sent;
        }
        let max = self.send_max;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(max)));
        ready!(stalled.as_mut().poll(context));
        metrics().refused(Limit::Send);
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        match &mut self.line {
            Line::Clear(line) => Pin::new(line).poll_read(context, buffer),
            Line::Tls(line) => Pin::new(line).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let sent = match &mut self.line {
            Line::Clear(line) => Pin::new(line).poll_write(context, bytes),
            Line::Tls(line) => Pin::new(line).poll_write(context, bytes),
        };
        self.watch(context, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[std::io::IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let sent = match &mut self.line {
            Line::Clear(line) => Pin::new(line).poll_write_vectored(context, parts),
            Line::Tls(line) => Pin::new(line).poll_write_vectored(context, parts),
        };
        self.watch(context, sent)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let sent = match &mut self.line {
            Line::Clear(line) => Pin::new(line).poll_flush(context),
            Line::Tls(line) => Pin::new(line).poll_flush(context),
        };
        self.watch(context, sent)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        match &mut self.line {
            Line::Clear(line) => Pin::new(line).poll_shutdown(context),
            Line::Tls(line) => Pin::new(line).poll_shutdown(context),
        }
    }
}
