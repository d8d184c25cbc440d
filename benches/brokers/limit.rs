//! The least that any broker could do for the same bytes: a blocking thread a connection
//! reads a frame, appends it to a file and answers; a fetch is one `sendfile`.
//!
//! The frames are those of the clients in `load.rs`; what a request is, its key tells.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread;

use rustix::net::SendFlags;

/// How many bytes a limit fetch returns.
pub const FETCH_BYTES: u64 = 1 << 20;
const PRODUCE: [u8; 2] = [0, 0];
const FETCH: [u8; 2] = [0, 1];

/// `--limit PORT DIR`, by which this program starts itself.
pub fn asked_for(arguments: &[String]) -> Option<(u16, PathBuf)> {
    match arguments {
        [flag, port, directory] if flag == "--limit" => {
            Some((port.parse().expect("a port"), PathBuf::from(directory)))
        }
        _ => None,
    }
}

pub fn serve(port: u16, directory: &Path) {
    std::fs::create_dir_all(directory).expect("the directory can be made");
    let file = Arc::new(OnceLock::new());
    let socket = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    for stream in socket.incoming().flatten() {
        let (file, path) = (file.clone(), directory.join("log"));
        thread::spawn(move || {
            // The client goes when it has what it wants.
            let _ = answer(stream, &file, &path);
        });
    }
}

fn answer(mut stream: TcpStream, file: &OnceLock<File>, path: &Path) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 2 << 20];
    let mut fetched = 0u64;
    loop {
        stream.read_exact(&mut buffer[..4])?;
        let length = u32::from_be_bytes(buffer[..4].try_into().unwrap()) as usize;
        stream.read_exact(&mut buffer[..length])?;
        let open = || OpenOptions::new().create(true).append(true).read(true).open(path).unwrap();
        let mut head = [0; 16];
        head[4..8].copy_from_slice(&buffer[4..8]);
        if buffer[..2] == PRODUCE {
            let mut file: &File = file.get_or_init(open);
            file.write_all(&buffer[..length])?;
        }
        if buffer[..2] != FETCH {
            head[..4].copy_from_slice(&12u32.to_be_bytes());
            stream.write_all(&head)?;
            continue;
        }
        let file = file.get_or_init(open);
        let length = (file.metadata()?.len() - fetched).min(FETCH_BYTES);
        head[..4].copy_from_slice(&(length as u32 + 4).to_be_bytes());
        rustix::net::send(&stream, &head[..8], SendFlags::MORE)?;
        let end = fetched + length;
        while fetched < end {
            let left = (end - fetched) as usize;
            rustix::fs::sendfile(&stream, file, Some(&mut fetched), left)?;
        }
    }
}
