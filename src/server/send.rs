//! Responses out of the process: owned bytes by `send`, file ranges by `sendfile`.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;

use rustix::net::SendFlags;
use tokio::io::Interest;
use tokio::net::TcpStream;

use crate::wire::{Part, Rope};

/// Sends all parts of `rope`, in order.
///
/// # Errors
/// When the peer has gone, or when a file has become shorter than the range that
/// was promised: the connection must then be closed.
pub(super) async fn send(stream: &TcpStream, rope: &Rope) -> io::Result<()> {
    let mut parts = rope.parts().peekable();
    while let Some(part) = parts.next() {
        let more = parts.peek().is_some();
        match part {
            Part::Bytes(bytes) => send_bytes(stream, bytes, more).await?,
            Part::File(range) => {
                send_file(stream, &range.file, range.position, u64::from(range.length)).await?;
            }
        }
    }
    Ok(())
}

async fn send_bytes(stream: &TcpStream, mut bytes: &[u8], more: bool) -> io::Result<()> {
    let flags = if more { SendFlags::MORE | SendFlags::NOSIGNAL } else { SendFlags::NOSIGNAL };
    while !bytes.is_empty() {
        let sent = retry(stream, || Ok(rustix::net::send(stream.as_fd(), bytes, flags)?)).await?;
        bytes = &bytes[sent..];
    }
    Ok(())
}

async fn send_file(stream: &TcpStream, file: &File, position: u64, length: u64) -> io::Result<()> {
    let end = position + length;
    let mut at = position;
    while at < end {
        let count = usize::try_from(end - at).unwrap_or(usize::MAX);
        let sent = retry(stream, || {
            Ok(rustix::fs::sendfile(stream.as_fd(), file.as_fd(), Some(&mut at), count)?)
        })
        .await?;
        if sent == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "a segment file became shorter"));
        }
    }
    Ok(())
}

/// Tries `operation` at once and waits for the socket only when it is full.
async fn retry<T>(
    stream: &TcpStream,
    mut operation: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    loop {
        match stream.try_io(Interest::WRITABLE, &mut operation) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
