//! An advertised address that notices who comes: a TCP relay that counts its connections and
//! keeps what the clients sent.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Context, Result};

/// A relay in front of one listener.
pub(crate) struct Tripwire {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    upstream: OnceLock<String>,
    /// What was sent on each connection so far, in the order of arrival.
    sent: Mutex<Vec<Vec<u8>>>,
}

impl Tripwire {
    /// Listens on a free port of `host`.
    pub(crate) fn bind(host: &str) -> Result<Self> {
        let listener = TcpListener::bind((host, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        // Ends with the process: a blocked accept cannot be asked to stop.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                accepting.relay(client);
            }
        });
        Ok(Tripwire { address, shared })
    }

    /// From now on, connections lead to `upstream`.
    pub(crate) fn point_at(&self, upstream: &str) -> Result<()> {
        self.shared.upstream.set(upstream.to_owned()).ok().context("already points somewhere")
    }

    /// Where clients are to connect.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// How many clients have connected.
    pub(crate) fn connections(&self) -> usize {
        self.shared.sent.lock().expect("no holder panics").len()
    }

    /// Every whole frame that clients have sent, without its length prefix.
    pub(crate) fn frames(&self) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        for stream in self.shared.sent.lock().expect("no holder panics").iter() {
            let mut rest = stream.as_slice();
            while let Some((prefix, after)) = rest.split_first_chunk::<4>() {
                let length = u32::from_be_bytes(*prefix) as usize;
                let Some((frame, after)) = after.split_at_checked(length) else { break };
                frames.push(frame.to_vec());
                rest = after;
            }
        }
        frames
    }
}

impl Shared {
    fn relay(self: &Arc<Self>, client: TcpStream) {
        let index = {
            let mut sent = self.sent.lock().expect("no holder panics");
            sent.push(Vec::new());
            sent.len() - 1
        };
        // A client that is refused here sees a closed connection, as behind any dead address.
        let Some(Ok(server)) = self.upstream.get().map(TcpStream::connect) else { return };
        let Ok((from_client, from_server)) =
            client.try_clone().and_then(|client| Ok((client, server.try_clone()?)))
        else {
            return;
        };
        let keeper = Arc::clone(self);
        std::thread::spawn(move || {
            copy(from_client, server, |bytes| {
                keeper.sent.lock().expect("no holder panics")[index].extend_from_slice(bytes);
            });
        });
        std::thread::spawn(move || copy(from_server, client, |_| {}));
    }
}

/// Copies until either side closes, then closes the other.
fn copy(mut from: TcpStream, mut to: TcpStream, mut seen: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        seen(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _already_closed = to.shutdown(Shutdown::Both);
    let _already_closed = from.shutdown(Shutdown::Both);
}
