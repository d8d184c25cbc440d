//! One connection, requests of the kafka-protocol crate: an implementation of the
//! protocol that shares nothing with ours.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::messages::{RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};

/// No answer takes longer than this, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection.
pub struct Client {
    stream: TcpStream,
    correlation_id: i32,
}

impl Client {
    /// Connects to `host:port`.
    pub fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("klamm accepts connections");
        stream.set_nodelay(true).expect("a TCP socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a TCP socket");
        Client { stream, correlation_id: 0 }
    }

    /// Sends a request and reads its response.
    pub fn call<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        self.send(version, request);
        self.receive::<R>(version).expect("klamm answers")
    }

    /// Sends a request.
    pub fn send<R: Request>(&mut self, version: i16, request: &R) {
        let frame = self.frame(version, request);
        self.stream.write_all(&frame).expect("klamm reads");
    }

    /// Sends frames that were made before, as one piece.
    pub fn send_all(&mut self, frames: &[u8]) -> io::Result<()> {
        self.stream.write_all(frames)
    }

    /// A request as it is sent.
    pub fn frame<R: Request>(&mut self, version: i16, request: &R) -> Vec<u8> {
        self.correlation_id += 1;
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation_id)
            .with_client_id(Some(StrBytes::from_static_str("test")));
        let mut body = BytesMut::new();
        header.encode(&mut body, R::header_version(version)).expect("the header fits its version");
        request.encode(&mut body, version).expect("the request fits its version");
        framed(&body)
    }

    /// Sends any bytes as a frame.
    pub fn send_frame(&mut self, body: &[u8]) -> io::Result<()> {
        self.stream.write_all(&framed(body))
    }

    /// Reads the response of the request sent last.
    pub fn receive<R: Request>(&mut self, version: i16) -> io::Result<R::Response> {
        let mut frame = self.receive_frame()?;
        let header_version = <R::Response as HeaderVersion>::header_version(version);
        let header = ResponseHeader::decode(&mut frame, header_version).expect("a response header");
        assert_eq!(header.correlation_id, self.correlation_id);
        let response = R::Response::decode(&mut frame, version).expect("a response body");
        assert!(!frame.has_remaining(), "{} bytes after the response", frame.remaining());
        Ok(response)
    }

    /// Reads a frame; an error when klamm closes the connection.
    pub fn receive_frame(&mut self) -> io::Result<Bytes> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut body)?;
        Ok(body.into())
    }
}

fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a frame is below 4 GiB");
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend_from_slice(body);
    frame
}
