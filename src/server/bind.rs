//! Opens the sockets that the listener plan asks for.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

use crate::cluster::BrokerConfig;
use crate::listener::Bind;

/// Connections that may wait to be accepted where the settings do not say: Kafka's 50 make
/// a burst of clients wait a second for their second try.
const ACCEPT_BACKLOG: i32 = 1024;

/// A listener that is open.
#[derive(Debug)]
pub struct Bound {
    /// Position of the listener in the configuration.
    pub listener: usize,
    /// Where it listens; the port is the real one, also when port 0 was asked for.
    pub address: SocketAddr,
    pub(super) socket: TcpListener,
}

/// A listener that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("Socket server failed to bind to {host}:{port}: {error}.")]
pub struct BindError {
    /// Position of the listener in the configuration.
    pub listener: usize,
    /// The host as configured; empty for all interfaces.
    pub host: String,
    /// The port as configured.
    pub port: u16,
    /// What the operating system said.
    #[source]
    pub error: io::Error,
}

impl BindError {
    /// Whether another process has the port.
    #[must_use]
    pub fn is_address_in_use(&self) -> bool {
        self.error.kind() == io::ErrorKind::AddrInUse
    }
}

/// Opens every listener of `plan`, or none.
///
/// # Errors
/// The first listener whose host does not resolve or whose port is taken.
pub fn bind(plan: &[Bind], config: &BrokerConfig) -> Result<Vec<Bound>, BindError> {
    plan.iter().map(|bind| bind_one(bind, config)).collect()
}

fn bind_one(bind: &Bind, config: &BrokerConfig) -> Result<Bound, BindError> {
    let host = bind.endpoint.host.clone().unwrap_or_default();
    let port = bind.endpoint.port;
    let open = || -> io::Result<(TcpListener, SocketAddr)> {
        let socket = if host.is_empty() {
            listen_everywhere(port, config)?
        } else {
            listen(&host, port, config)?
        };
        let address = socket.local_addr()?;
        Ok((socket, address))
    };
    match open() {
        Ok((socket, address)) => Ok(Bound { listener: bind.listener, address, socket }),
        Err(error) => Err(BindError { listener: bind.listener, host, port, error }),
    }
}

/// Like Java: IPv6 and IPv4 on one socket, or IPv4 alone on a machine without IPv6.
fn listen_everywhere(port: u16, config: &BrokerConfig) -> io::Result<TcpListener> {
    match listen_at(SocketAddr::from(([0u16; 8], port)), config) {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            listen_at(SocketAddr::from(([0u8; 4], port)), config)
        }
        result => result,
    }
}

/// The first address of `host`, IPv4 before IPv6 as Java prefers it.
fn listen(host: &str, port: u16, config: &BrokerConfig) -> io::Result<TcpListener> {
    let mut addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    match addresses.first() {
        Some(address) => listen_at(*address, config),
        None => Err(io::Error::new(io::ErrorKind::NotFound, "the host name has no address")),
    }
}

fn listen_at(address: SocketAddr, config: &BrokerConfig) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    set_buffers(&socket, config)?;
    socket.bind(&address.into())?;
    let backlog = set(config, "socket.listen.backlog.size", config.socket_listen_backlog_size);
    socket.listen(backlog.unwrap_or(ACCEPT_BACKLOG))?;
    Ok(socket.into())
}

/// Accepted connections inherit both. Where they are not set the operating system adapts
/// them to the connection, which is faster than Kafka's fixed default.
fn set_buffers(socket: &Socket, config: &BrokerConfig) -> io::Result<()> {
    let bytes =
        |name, bytes| set(config, name, bytes).and_then(|bytes| usize::try_from(bytes).ok());
    if let Some(bytes) = bytes("socket.receive.buffer.bytes", config.socket_receive_buffer_bytes) {
        socket.set_recv_buffer_size(bytes)?;
    }
    if let Some(bytes) = bytes("socket.send.buffer.bytes", config.socket_send_buffer_bytes) {
        socket.set_send_buffer_size(bytes)?;
    }
    Ok(())
}

/// The value of a setting, if somebody chose it.
fn set(config: &BrokerConfig, name: &str, value: i32) -> Option<i32> {
    config.values.contains_key(name).then_some(value)
}
