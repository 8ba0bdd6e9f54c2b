//! The watch over the old key, on the metrics page of flowgate-actix itself.

use std::time::Duration;

use flowgate_actix::FlowEndpoint;
use flowgate_keys::{AppSecrets, KeyRing, PrivateKey};
use flowgate_platform::{
    Advance, Bootstrap, KeyProtection, Rotation, RotationError, RotationMode, RotationPlan,
    RotationTools, Stage, StateFile, Waiting,
};
use flowgate_protocol::{Channel, Router};
use flowgate_tests::front::Front;
use flowgate_tests::phone::Phone;
use flowgate_tests::server::TestServer;
use flowgate_tests::{TEST_KEY, test_app_secret};

use crate::stand_in::{StandIn, retries};

/// A server of flowgate-actix with these keys, newest first.
fn serve(newest: &PrivateKey, older: &[&PrivateKey]) -> TestServer {
    let ring = KeyRing::builder(newest);
    let ring = older.iter().fold(ring, |ring, key| ring.older(key));
    let secrets = AppSecrets::new(test_app_secret());
    let channel = Channel::builder(ring.build().unwrap(), secrets);
    TestServer::of_flow(FlowEndpoint::new(channel.build(), Router::new(())))
}

#[tokio::test]
async fn what_flowgate_actix_counts_is_what_a_rotation_reads() {
    let stand_in = StandIn::start(&["1001"]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let server = serve(&TEST_KEY, &[]);
    let front = Front::balancer(&[server.address()]);
    let plan = RotationPlan {
        old_key: TEST_KEY.public_key().clone(),
        private_key_file: file("private.pem"),
        public_key_file: file("public.pem"),
        endpoint: front.url("/flow").parse().unwrap(),
        metrics: vec![front.url("/metrics").parse().unwrap()],
        mode: RotationMode::Planned,
    };
    let tools = RotationTools::new(test_app_secret(), KeyProtection::Unencrypted)
        .numbers(stand_in.numbers())
        .bootstrap(|key| Bootstrap::new(key).retries(retries().0))
        .proofs(2)
        .quiet(Duration::ZERO);
    let mut rotation = Rotation::start(plan, StateFile::new(file("state.json"))).unwrap();
    rotation.advance(&tools).await.unwrap();
    let new_key = PrivateKey::read_file(file("private.pem"), None).unwrap();

    let server = serve(&new_key, &[&TEST_KEY]);
    front.replace(0, server.address());
    while rotation.stage() != Stage::WatchOldKey {
        rotation.advance(&tools).await.unwrap();
    }
    let phone = |key: &PrivateKey| Phone::of(&server).public_key(key.public_key());
    for _ in 0..3 {
        phone(&TEST_KEY).assert_alive();
    }
    phone(&new_key).assert_alive();
    // Two proofs of two pings each came before.
    let looked = rotation.advance(&tools).await.unwrap();
    let Advance::Waiting(Waiting::OldKeyInUse { old, new, .. }) = looked else {
        panic!("{looked:?}");
    };
    assert_eq!((old, new), (3, 5));

    // Without the new key on the page nothing is concluded.
    let wrong = serve(&TEST_KEY, &[]);
    front.replace(0, wrong.address());
    let error = rotation.advance(&tools).await.unwrap_err();
    assert!(matches!(error, RotationError::Metrics { .. }), "{error}");

    // Without the old key on it, nobody can use it.
    let finished = serve(&new_key, &[]);
    front.replace(0, finished.address());
    let advance = rotation.advance(&tools).await.unwrap();
    assert!(matches!(advance, Advance::Reached(Stage::Finished)));
}
