//! A sender of messages over MLLP, plain and patient.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// One connection.
pub(super) struct Sender<S = TcpStream> {
    stream: S,
    heard: Vec<u8>,
}

impl Sender {
    pub(super) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self::over(stream)
    }

    /// One connection with two ends here: one to send, one to listen.
    pub(super) fn pair(address: SocketAddr) -> (Self, Self) {
        let sender = Self::to(address);
        let listener = Self::over(sender.stream.try_clone().unwrap());
        (sender, listener)
    }

    /// Whether nothing comes for as long.
    pub(super) fn waits_in_vain(&mut self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let read = self.stream.read(&mut [0; 1]);
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        read.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }

    /// Whether the other side closes the connection without a further word.
    pub(super) fn is_hung_up(&mut self) -> bool {
        match self.stream.read(&mut [0; 1]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }
}

impl<S: Read + Write> Sender<S> {
    pub(super) fn over(stream: S) -> Self {
        Self {
            stream,
            heard: Vec::new(),
        }
    }

    /// Sends bytes as they are. What is hung up may not take them all.
    pub(super) fn sends_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    pub(super) fn send(&mut self, message: impl AsRef<[u8]>) {
        let frame = [b"\x0B", message.as_ref(), b"\x1C\r"].concat();
        self.sends_bytes(&frame).unwrap();
    }

    /// The next answer, whole.
    pub(super) fn answer(&mut self) -> std::io::Result<String> {
        loop {
            let end = self.heard.windows(2).position(|pair| pair == b"\x1C\r");
            if let Some(end) = end {
                let frame: Vec<u8> = self.heard.drain(..end + 2).collect();
                assert_eq!(frame[0], 0x0B);
                return Ok(String::from_utf8(frame[1..end].to_vec()).unwrap());
            }
            let mut bytes = [0; 4096];
            let count = self.stream.read(&mut bytes)?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.heard.extend(&bytes[..count]);
        }
    }

    /// Code and control id of the next answer, and what is wrong, if anything is.
    pub(super) fn hears(&mut self) -> String {
        said(&self.answer().unwrap())
    }

    pub(super) fn tells(&mut self, message: impl AsRef<[u8]>) -> String {
        self.send(message);
        self.hears()
    }
}

pub(super) fn said(answer: &str) -> String {
    let field = |segment: &str, number: usize| {
        let line = answer.split('\r').find(|line| line.starts_with(segment));
        line.and_then(|line| line.split('|').nth(number))
            .unwrap_or_default()
            .to_owned()
    };
    let words = field("ERR", 8);
    format!("{} {} {words}", field("MSA", 1), field("MSA", 2))
        .trim()
        .to_owned()
}
