//! A wire tap: it passes connections on to a server, and keeps all that the server said.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A tap in front of a server.
pub struct Tap {
    pub url: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    pub fn before(url: &str) -> Self {
        let server: SocketAddr = url.strip_prefix("http://").expect("http").parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                let (Ok(from_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else { continue };
                std::thread::spawn(move || pass(from_client, to_server, |_| ()));
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || pass(server, client, |bytes| kept.lock().unwrap().extend_from_slice(bytes)));
            }
        });
        Self { url, heard }
    }

    /// The access tokens in what the server said so far.
    pub fn tokens(&self) -> Vec<String> {
        let heard = String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned();
        let after = heard.split("\"access_token\":\"").skip(1);
        after.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut hear: impl FnMut(&[u8])) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        hear(&bytes[..count]);
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
