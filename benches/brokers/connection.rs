//! A blocking connection that sends encoded requests again and again.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use klamm::wire::{self, Message, Reader, Request, Rope};

/// Where the correlation id lies in a frame.
const CORRELATION: std::ops::Range<usize> = 8..12;

pub struct Connection {
    pub stream: TcpStream,
    correlation_id: i32,
}

impl Connection {
    pub fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        // A client that retries on a free port can connect to itself.
        if stream.local_addr()? == stream.peer_addr()? {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Connection { stream, correlation_id: 0 })
    }

    /// Sends an encoded frame under a new correlation id.
    pub fn send(&mut self, frame: &mut [u8]) -> io::Result<()> {
        self.correlation_id += 1;
        frame[CORRELATION].copy_from_slice(&self.correlation_id.to_be_bytes());
        self.stream.write_all(frame)
    }

    /// Reads a response, without its length and correlation id.
    pub fn receive(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        let mut head = [0; 8];
        self.stream.read_exact(&mut head)?;
        let length = i32::from_be_bytes(head[..4].try_into().unwrap());
        body.resize(usize::try_from(length - 4).expect("a response has a correlation id"), 0);
        self.stream.read_exact(body)
    }

    /// Reads a response and forgets all but its first `keep` bytes; the rest is dropped in the kernel's buffer size.
    pub fn skim(&mut self, keep: &mut [u8], scratch: &mut [u8]) -> io::Result<usize> {
        let mut head = [0; 8];
        self.stream.read_exact(&mut head)?;
        let length = i32::from_be_bytes(head[..4].try_into().unwrap());
        let length = usize::try_from(length - 4).expect("a response has a correlation id");
        let kept = keep.len().min(length);
        self.stream.read_exact(&mut keep[..kept])?;
        let mut left = length - kept;
        while left > 0 {
            let wanted = left.min(scratch.len());
            left -= self.stream.read(&mut scratch[..wanted])?.max(1);
        }
        Ok(length)
    }

    /// Sends a request and decodes its response. `body` keeps the bytes that it borrows from.
    pub fn call<'b, 'r, Q: Request<'r>, A: Message<'b>>(
        &mut self,
        version: i16,
        request: &Q,
        body: &'b mut Vec<u8>,
    ) -> io::Result<A> {
        self.send(&mut frame(version, request))?;
        self.receive(body)?;
        let mut reader = Reader::new(body);
        if wire::response_header_version(Q::KEY, version) >= 1 {
            reader.skip_tags().map_err(io::Error::other)?;
        }
        A::decode(&mut reader, version).map_err(io::Error::other)
    }
}

/// A whole request frame.
pub fn frame<'r, Q: Request<'r>>(version: i16, request: &Q) -> Vec<u8> {
    let mut rope = Rope::new();
    wire::encode_request(&mut rope, version, 0, Some("bench"), request).expect("the request fits");
    rope.to_vec().expect("a request has no file in it")
}
