//! A platform and an endpoint, each behind a front that can hold calls, and the
//! desk of their operator.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use flowgate_actix::FlowEndpoint;
use flowgate_keys::{AppSecrets, KeyRing, KeyRingBuilder, PhoneNumberId, PrivateKey, PublicKey};
use flowgate_protocol::{Channel, Router};
use flowgate_simulator::{NumberSetup, Platform, SignatureStatus, Simulator, TokenGrant};
use flowgate_tests::front::Front;
use flowgate_tests::phone::Phone;
use flowgate_tests::process::Process;
use flowgate_tests::server::TestServer;
use flowgate_tests::{test_app_secret, wait_until};
use serde_json::Value;

use crate::desk::{Desk, Ran};

/// The account of the numbers.
pub(crate) const ACCOUNT: &str = "42";
pub(crate) const NUMBERS: [&str; 2] = ["1001", "1002"];
/// The number of the installation.
pub(crate) const INSTALLED_NUMBER: &str = "2001";
const PASSWORD: &str = "Simulator-1";
/// What `flowgate keys rotate` remembers, unless another file is named.
pub(crate) const STATE: &str = "flowgate-rotation.json";

/// An operator, a platform behind a front that can hold calls, and an endpoint
/// behind another one.
pub(crate) struct Scene {
    pub(crate) desk: Desk,
    pub(crate) platform: Platform,
    _simulator: Simulator,
    pub(crate) platform_front: Front,
    pub(crate) installation_front: Front,
    pub(crate) endpoint_front: Front,
    endpoint: TestServer,
}

/// Where a call is held.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Platform,
    Installation,
    Endpoint,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let installed = PhoneNumberId::new(INSTALLED_NUMBER).unwrap();
        let mut setup = Platform::builder()
            .on_premises_password(PASSWORD)
            .number(NumberSetup::new(installed).on_premises());
        for id in NUMBERS {
            let id = PhoneNumberId::new(id).unwrap();
            setup = setup.number(NumberSetup::new(id).account(ACCOUNT));
        }
        let platform = setup.build().unwrap();
        let simulator = Simulator::builder(platform.clone()).start().unwrap();
        let front = |url: String| {
            let address = url.strip_prefix("http://").unwrap().parse().unwrap();
            Front::balancer(&[address])
        };
        let platform_front = front(simulator.cloud_url());
        let installation_front = front(simulator.on_premises_url());
        let mut desk = Desk::new();
        desk.set("FLOWGATE_GRAPH_URL", platform_front.url(""));
        let token = platform.issue_token(TokenGrant::new()).unwrap();
        desk.set("FLOWGATE_ACCESS_TOKEN", token.expose_secret());
        desk.set("FLOWGATE_ON_PREMISES_PASSWORD", PASSWORD);
        let endpoint = serve(&[&desk.file("private.pem")]);
        Self {
            endpoint_front: Front::balancer(&[endpoint.address()]),
            desk,
            platform,
            _simulator: simulator,
            platform_front,
            installation_front,
            endpoint,
        }
    }

    pub(crate) fn front(&self, side: Side) -> &Front {
        match side {
            Side::Platform => &self.platform_front,
            Side::Installation => &self.installation_front,
            Side::Endpoint => &self.endpoint_front,
        }
    }

    /// What the operator does when asked to.
    pub(crate) fn deploy(&mut self, keys: &[&str]) {
        let keys: Vec<_> = keys.iter().map(|name| self.desk.file(name)).collect();
        let keys: Vec<&Path> = keys.iter().map(AsRef::as_ref).collect();
        self.endpoint = serve(&keys);
        self.endpoint_front.replace(0, self.endpoint.address());
    }

    fn address(&self) -> SocketAddr {
        self.endpoint.address()
    }

    /// Starts a command, kills it where its call is held, and tells whether
    /// there was such a call; otherwise it returns what the command left.
    pub(crate) fn run_or_kill(&self, arguments: &[&str], side: Side) -> Result<(), Ran> {
        let mut process = Process::start(&mut self.desk.command(arguments));
        let front = self.front(side);
        wait_until(|| front.is_holding() || !process.is_running());
        if !front.is_holding() {
            return Err(Ran(process.finish()));
        }
        let killed = process.kill();
        assert_eq!(killed.status.code(), None, "it was killed: {killed:?}");
        front.release();
        Ok(())
    }

    /// The numbers of the Cloud API hold the key with a valid signature.
    #[track_caller]
    pub(crate) fn assert_published(&self, key: &PublicKey) {
        self.assert_hold(&NUMBERS, key);
    }

    #[track_caller]
    pub(crate) fn assert_hold(&self, numbers: &[&str], key: &PublicKey) {
        for id in numbers {
            let id = PhoneNumberId::new(id).unwrap();
            let published = self.platform.published_key(&id).unwrap().unwrap();
            assert_eq!(published.business_public_key, key.to_spki_pem());
            let status = published.business_public_key_signature_status;
            assert_eq!(status, SignatureStatus::Valid);
        }
    }

    /// Phones that encrypt with what their number holds get an answer.
    #[track_caller]
    pub(crate) fn assert_phones_get_answers(&self) {
        for id in NUMBERS {
            let id = PhoneNumberId::new(id).unwrap();
            let published = self.platform.published_key(&id).unwrap().unwrap();
            let key = PublicKey::from_text(&published.business_public_key).unwrap();
            Phone::of_address(self.address())
                .public_key(&key)
                .assert_alive();
        }
    }

    pub(crate) fn public_key(&self, name: &str) -> PublicKey {
        PublicKey::read_file(self.desk.file(name)).unwrap()
    }

    /// The stage that the state file names.
    pub(crate) fn stage(&self) -> String {
        let state = fs::read(self.desk.file(STATE)).unwrap();
        let state: Value = serde_json::from_slice(&state).unwrap();
        state["next"].as_str().unwrap().to_owned()
    }
}

fn serve(keys: &[&Path]) -> TestServer {
    let keys: Vec<PrivateKey> = keys
        .iter()
        .map(|path| PrivateKey::read_file(path, None).unwrap())
        .collect();
    let ring = keys[1..]
        .iter()
        .fold(KeyRing::builder(&keys[0]), KeyRingBuilder::older)
        .build()
        .unwrap();
    let channel = Channel::builder(ring, AppSecrets::new(test_app_secret())).build();
    TestServer::of_flow(FlowEndpoint::new(channel, Router::new(())))
}
