//! OpenSSL's private-key operation in turns with ours: in a process of Node, which
//! `../peers/node/unwrap.mjs` is run by.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flowgate_protocol::keys::RSA_MODULUS_BYTES;

use crate::peers::{PRIVATE_KEY_FILE, Principal};

/// Unwraps one AES key with Node's OpenSSL, as often as asked; ended when dropped.
#[derive(Debug)]
pub struct OpenSsl {
    /// Version of OpenSSL.
    pub version: String,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl OpenSsl {
    /// Starts Node with a private key and a ciphertext for it.
    ///
    /// # Errors
    ///
    /// A text for people: Node is missing, or does not run the script.
    pub fn start(
        node: &Path,
        principal: &Principal,
        ciphertext: &[u8; RSA_MODULUS_BYTES],
    ) -> Result<Self, String> {
        let mut process = Command::new(node)
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/peers/node/unwrap.mjs"
            ))
            .env(PRIVATE_KEY_FILE, principal.key_file())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", node.display()))?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            unreachable!("both are pipes");
        };
        let mut openssl = Self {
            version: String::new(),
            process,
            input,
            output: BufReader::new(output),
        };
        openssl.version = openssl.line();
        // If it has ended, the version is missing as well.
        let _ = writeln!(openssl.input, "{}", STANDARD.encode(ciphertext));
        if openssl.version.is_empty() {
            return Err(format!("{} does not run the script", node.display()));
        }
        Ok(openssl)
    }

    /// Unwraps a number of times, and returns how long that took within Node.
    ///
    /// # Panics
    ///
    /// If Node ends.
    pub fn run(&mut self, times: u32) -> Duration {
        writeln!(self.input, "{times}").unwrap();
        Duration::from_nanos(self.line().parse().unwrap())
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        // What cannot be read is missing to the caller.
        let _ = self.output.read_line(&mut line);
        line.trim().to_owned()
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        // One that has already ended needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(node: &str) -> Result<OpenSsl, String> {
        let principal = Principal::new();
        let wrapped = principal.business.key.public_key().wrap(&[7; 16]).unwrap();
        OpenSsl::start(Path::new(node), &principal, &wrapped.try_into().unwrap())
    }

    #[test]
    fn node_says_how_long_it_took() {
        let mut openssl = start("node").unwrap();
        assert!(
            openssl
                .version
                .starts_with(|first: char| first.is_ascii_digit())
        );
        for times in [1, 5] {
            assert!(openssl.run(times) > Duration::ZERO);
        }
    }

    #[test]
    fn what_is_not_node_is_said() {
        assert!(
            start("no-such-program")
                .unwrap_err()
                .contains("cannot be started")
        );
        assert!(start("true").unwrap_err().contains("does not run"));
    }
}
