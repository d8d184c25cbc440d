//! One HTTP call on a connection of its own.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came back.
pub struct Answer {
    /// The status code.
    pub status: u16,
<<<<<<< HEAD
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
=======
    headers: Vec<(String, String)>,
>>>>>>> 0d9d374 (http: /metrics, with kafka_exporter's names)
    /// As text.
    pub body: String,
}

impl Answer {
<<<<<<< HEAD
    /// The value of a header.
=======
    /// The header of that name, which is written in lower case.
>>>>>>> 0d9d374 (http: /metrics, with kafka_exporter's names)
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Sends a request, with `body` as JSON if there is one.
pub fn call(address: &str, method: &str, path: &str, body: &str) -> io::Result<Answer> {
<<<<<<< HEAD
    let headers: &[&str] = match body {
        "" => &[],
        _ => &["Content-Type: application/json"],
    };
    call_with(address, method, path, headers, body)
}

/// Sends a request with these headers.
=======
    call_with(address, method, path, &[("Host", address)], body)
}

/// As [`call`], with these headers; `Host` is one of them.
>>>>>>> 0d9d374 (http: /metrics, with kafka_exporter's names)
pub fn call_with(
    address: &str,
    method: &str,
    path: &str,
<<<<<<< HEAD
    headers: &[impl AsRef<str>],
=======
    headers: &[(&str, &str)],
>>>>>>> 0d9d374 (http: /metrics, with kafka_exporter's names)
    body: &str,
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
<<<<<<< HEAD
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(header.as_ref());
        head.push_str("\r\n");
    }
    // As curl: a length whenever there may be a body.
    if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    write!(stream, "{head}\r\n{body}")?;
=======
    let content_type = match body {
        "" => String::new(),
        body => {
            format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
        }
    };
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\n{headers}Connection: close\r\n{content_type}\r\n{body}"
    )?;
>>>>>>> 0d9d374 (http: /metrics, with kafka_exporter's names)
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    parse(&text).ok_or_else(|| io::Error::other(format!("no HTTP: {text}")))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
<<<<<<< HEAD
    let mut answer = Answer { status, headers, body: body.to_owned() };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunked(body)?;
    }
=======
    let mut answer = Answer { status, headers, body: String::new() };
    let is_chunked = answer.header("transfer-encoding").is_some_and(|value| value == "chunked");
    answer.body = if is_chunked { unchunked(body)? } else { body.to_owned() };
>>>>>>> 0d9d374 (http: /metrics, with kafka_exporter's names)
    Some(answer)
}

/// Chunk sizes count bytes; the texts compared here are ASCII.
fn unchunked(mut rest: &str) -> Option<String> {
    let mut body = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.push_str(after.get(..size)?);
        rest = after.get(size..)?.strip_prefix("\r\n")?;
    }
}
