//! A way to an endpoint that a test can break.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// They reach the endpoint.
    Open,
    /// They are closed at once.
    Dead,
    /// Every request is answered with this status and S3's code.
    Refusing(u16, &'static str),
}

/// Listens on a port of its own until the process ends.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    target: String,
    mood: Mood,
    /// Both ends of what is open, to be cut; by number.
    open: BTreeMap<u64, [TcpStream; 2]>,
    next: u64,
}

impl Proxy {
    /// A proxy in front of `http://host:port`.
    pub(crate) fn start(target: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let (target_url, target, open) = (target, String::new(), BTreeMap::new());
        let state = State { target, mood: Mood::Open, open, next: 0 };
        let proxy = Proxy { address, state: Arc::new(Mutex::new(state)) };
        proxy.lead_to(target_url)?;
        let state = Arc::clone(&proxy.state);
        std::thread::spawn(move || {
            // A client that has gone before it was accepted is no reason to stop listening.
            for client in listener.incoming().filter_map(Result::ok) {
                let state = Arc::clone(&state);
                // A connection that fails is closed: that is all its client is to see.
                std::thread::spawn(move || drop(serve(client, &state)));
            }
        });
        Ok(proxy)
    }

    /// For `store.url`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The endpoint is elsewhere now.
    pub(crate) fn lead_to(&self, target: &str) -> Result<()> {
        let target = target.strip_prefix("http://").context("an http URL")?;
        target.clone_into(&mut lock(&self.state).target);
        Ok(())
    }

    /// From now on; what is open is cut.
    pub(crate) fn set(&self, mood: Mood) {
        let mut state = lock(&self.state);
        state.mood = mood;
        for stream in state.open.values().flatten() {
            let _already_closed = stream.shutdown(Shutdown::Both);
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut client: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let mood = lock(state).mood;
    match mood {
        Mood::Dead => Ok(()),
        Mood::Refusing(status, code) => {
            let _request = client.read(&mut [0; 16 << 10])?;
            let body = format!("<Error><Code>{code}</Code><Message>not now</Message></Error>");
            let length = body.len();
            write!(
                client,
                "HTTP/1.1 {status} No\r\nContent-Type: application/xml\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
        }
        Mood::Open => {
            let target = lock(state).target.clone();
            let mut endpoint = TcpStream::connect(target)?;
            let (mut from_client, mut to_client) = (client.try_clone()?, client.try_clone()?);
            let mut from_endpoint = endpoint.try_clone()?;
            let ends = [client, endpoint.try_clone()?];
            let number = {
                let mut state = lock(state);
                let number = state.next;
                state.next += 1;
                state.open.insert(number, ends);
                number
            };
            let answers = std::thread::spawn(move || {
                let _cut = io::copy(&mut from_endpoint, &mut to_client);
                let _already_closed = to_client.shutdown(Shutdown::Both);
            });
            let _cut = io::copy(&mut from_client, &mut endpoint);
            let _already_closed = endpoint.shutdown(Shutdown::Both);
            let joined = answers.join().map_err(|_| io::Error::other("panicked"));
            lock(state).open.remove(&number);
            joined
        }
    }
}
