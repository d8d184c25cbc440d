//! A published port: whoever connects to one address is connected to another, as Docker's proxy
//! does with `-p`.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Forwards connections until the process ends.
pub(super) fn forward(from: SocketAddr, to: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(from)?;
    let accept = move || {
        for client in listener.incoming().flatten() {
            // Where nobody answers, the client's connection is closed again: Docker's proxy has
            // accepted it by then too.
            let Ok(server) = TcpStream::connect(to) else { continue };
            let _ = join(client, server);
        }
    };
    thread::Builder::new().name("forwarder".to_owned()).spawn(accept)?;
    Ok(())
}

fn join(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (from_client, from_server) = (client.try_clone()?, server.try_clone()?);
    for (mut reader, mut writer) in [(from_client, server), (from_server, client)] {
        let copy = move || {
            let _ = io::copy(&mut reader, &mut writer);
            let _ = writer.shutdown(Shutdown::Write);
        };
        thread::Builder::new().name("forwarder".to_owned()).spawn(copy)?;
    }
    Ok(())
}
