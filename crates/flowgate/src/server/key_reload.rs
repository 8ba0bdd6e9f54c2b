//! Reading the private keys again on SIGHUP.

use std::io;

use actix_web::rt::signal::unix::{SignalKind, signal};

use crate::config::EndpointArgs;
use crate::keys::{Fingerprint, KeyRing};
use crate::protocol::Channel;

/// Starts to listen for the signal, and returns what has to run.
///
/// # Errors
///
/// The operating system's error if it does not give signals.
pub(super) fn on_hangup(
    args: EndpointArgs,
    channel: Channel,
) -> io::Result<impl Future<Output = ()>> {
    let mut hangups = signal(SignalKind::hangup())?;
    Ok(async move {
        while hangups.recv().await.is_some() {
            match args.key_ring() {
                Ok(ring) => replace(&channel, ring),
                Err(error) => {
                    tracing::error!(%error, "cannot read the private keys again: they stay as they are");
                }
            }
        }
    })
}

fn replace(channel: &Channel, ring: KeyRing) {
    let (old, new) = (fingerprints(&channel.key_ring()), fingerprints(&ring));
    if old == new {
        // Not replaced, so that nothing is counted anew.
        tracing::info!("read the private keys again: they are the same");
        return;
    }
    for key in new.iter().filter(|key| !old.contains(key)) {
        tracing::info!(%key, "added a private key");
    }
    for key in old.iter().filter(|key| !new.contains(key)) {
        tracing::info!(%key, "took a private key away");
    }
    let newest = ring.newest().fingerprint();
    channel.replace_key_ring(ring);
    tracing::info!(key = %newest, "read the private keys again; this is the newest");
}

fn fingerprints(ring: &KeyRing) -> Vec<Fingerprint> {
    ring.usage().map(|(key, _)| key.fingerprint()).collect()
}
