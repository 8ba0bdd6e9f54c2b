//! Rotation: order of work, resumption after a kill at every step, the watch
//! over the old key.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use flowgate_keys::phone::seal_request;
use flowgate_keys::{KeyRing, Passphrase, PrivateKey, PublicKey, SIGNATURE_HEADER};
use flowgate_platform::{
    Advance, Bootstrap, KeyProtection, Rotation, RotationError, RotationMode, RotationPlan,
    RotationTools, Stage, StateFile, StateStore, Waiting,
};
use flowgate_protocol::phone::PhoneRequest;

use crate::endpoint::{FlowServer, app_secret};
use crate::stand_in::{StandIn, refusal, retries};

static OLD: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate().unwrap());
const NUMBERS: [&str; 2] = ["1001", "1002"];
const PASSPHRASE: &str = "correct horse";

/// Seconds that the calendar shows; moved by the tests.
static SECONDS: AtomicU64 = AtomicU64::new(1_800_000_000);

struct Scene {
    folder: PathBuf,
    stand_in: StandIn,
    endpoint: FlowServer,
}

/// A file whose writing fails once: what a kill between the work of a step and
/// its record looks like.
#[derive(Clone)]
struct KilledStore {
    file: StateFile,
    writes_left: Rc<Cell<usize>>,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("flowgate-rotation-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let stand_in = StandIn::start(&NUMBERS).await;
        for id in NUMBERS {
            stand_in.set(id, &OLD.public_key().to_spki_pem(), "VALID");
        }
        Self {
            folder,
            stand_in,
            endpoint: FlowServer::start(KeyRing::new(&OLD).unwrap()).await,
        }
    }

    fn plan(&self, mode: RotationMode) -> RotationPlan {
        RotationPlan {
            old_key: OLD.public_key().clone(),
            private_key_file: self.folder.join("private.new.pem"),
            public_key_file: self.folder.join("public.new.pem"),
            endpoint: self.endpoint.url("/flow"),
            metrics: vec![self.endpoint.url("/metrics")],
            mode,
        }
    }

    fn tools(&self) -> RotationTools {
        // Deriving a key from a passphrase is slow on purpose: one test does.
        self.tools_with(KeyProtection::Unencrypted)
    }

    fn tools_with(&self, protection: KeyProtection) -> RotationTools {
        RotationTools::new(app_secret(), protection)
            .numbers(self.stand_in.numbers())
            .bootstrap(|key| Bootstrap::new(key).retries(retries().0))
            .proofs(3)
            .quiet(Duration::from_secs(3600))
            .wall_clock(|| {
                SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS.load(Ordering::Relaxed))
            })
    }

    fn state_file(&self) -> StateFile {
        StateFile::new(self.folder.join("rotation.json"))
    }

    fn new_key(&self) -> PrivateKey {
        let path = self.folder.join("private.new.pem");
        PrivateKey::read_file(path, None).unwrap()
    }

    /// What the operator does when asked to.
    fn deploy_both(&self) {
        let ring = KeyRing::builder(&self.new_key()).older(&OLD).build();
        self.endpoint.restart_with(ring.unwrap());
    }

    /// What phones do: encrypt with what the platform holds, or with the old
    /// key that they still have. None may ever fail.
    fn phones_get_answers(&self) {
        let mut keys = vec![OLD.public_key().clone()];
        for (key, _) in self
            .stand_in
            .state
            .lock()
            .unwrap()
            .numbers
            .values()
            .flatten()
        {
            keys.push(PublicKey::from_text(key).unwrap());
        }
        for key in keys {
            let (sealed, _) = seal_request(&key, b"{}").unwrap();
            let opened = self.endpoint.ring.lock().unwrap().open(sealed, None);
            assert!(opened.is_ok(), "a phone was not answered");
        }
    }
}

/// Phones that send one request after the other over HTTP, until stopped.
struct Load {
    stop: Arc<AtomicBool>,
    phones: Vec<tokio::task::JoinHandle<(u32, u32)>>,
}

impl Load {
    /// Ends the phones: how many requests were answered, and how many were not.
    async fn stop(self) -> (u32, u32) {
        self.stop.store(true, Ordering::Relaxed);
        let mut sum = (0, 0);
        for phone in self.phones {
            let (answered, failed) = phone.await.unwrap();
            sum = (sum.0 + answered, sum.1 + failed);
        }
        sum
    }
}

impl Scene {
    /// Two phones: one fetches the published key before each request, the other
    /// one goes on with the old key for ten requests after it was replaced.
    fn start_load(&self) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let phones = [true, false].map(|keeps_key| {
            let stop = Arc::clone(&stop);
            let state = Arc::clone(&self.stand_in.state);
            let url = self.endpoint.url("/flow");
            tokio::spawn(async move {
                let client = reqwest::Client::builder().no_proxy().build().unwrap();
                let (mut answered, mut failed, mut late) = (0, 0, 0);
                while !stop.load(Ordering::Relaxed) {
                    let published = {
                        let state = state.lock().unwrap();
                        let (key, _) = state.numbers["1001"].as_ref().unwrap();
                        PublicKey::from_text(key).unwrap()
                    };
                    let key = if keeps_key && late < 10 {
                        late += u32::from(published != *OLD.public_key());
                        OLD.public_key().clone()
                    } else {
                        published
                    };
                    let request =
                        PhoneRequest::new(&key, &app_secret(), br#"{"action":"ping"}"#).unwrap();
                    let reply = client
                        .post(url.clone())
                        .header(SIGNATURE_HEADER, &request.signature)
                        .body(request.body.clone())
                        .send()
                        .await
                        .unwrap();
                    let body = reply.text().await.unwrap();
                    match request.open_reply(&body) {
                        Ok(_) => answered += 1,
                        Err(_) => failed += 1,
                    }
                }
                (answered, failed)
            })
        });
        Load {
            stop,
            phones: phones.into(),
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl KilledStore {
    fn allow(&self) -> io::Result<()> {
        match self.writes_left.get().checked_sub(1) {
            Some(left) => {
                self.writes_left.set(left);
                Ok(())
            }
            None => Err(io::Error::other("killed here")),
        }
    }
}

impl StateStore for KilledStore {
    fn load(&self) -> io::Result<Option<String>> {
        self.file.load()
    }

    fn create(&self, state: &str) -> io::Result<()> {
        self.allow()?;
        self.file.create(state)
    }

    fn replace(&self, state: &str) -> io::Result<()> {
        self.allow()?;
        self.file.replace(state)
    }

    fn name(&self) -> String {
        self.file.name()
    }
}

/// Advances and does what is asked for until the rotation is over.
async fn drive<S: StateStore>(
    scene: &Scene,
    rotation: &mut Rotation<S>,
) -> Result<(), RotationError> {
    for _ in 0..60 {
        scene.phones_get_answers();
        match rotation.advance(&scene.tools()).await? {
            Advance::Reached(Stage::Finished) => return Ok(()),
            Advance::Waiting(Waiting::NewKeyNotDeployed { .. }) => scene.deploy_both(),
            Advance::Waiting(Waiting::OldKeyInUse { .. }) => {
                // Nobody uses the old key for an hour.
                SECONDS.fetch_add(3600, Ordering::Relaxed);
                if let Advance::Reached(Stage::Finished) = rotation.advance(&scene.tools()).await? {
                    return Ok(());
                }
            }
            _ => {}
        }
    }
    panic!("the rotation does not end: {:?}", rotation.stage());
}

#[tokio::test]
async fn a_rotation_loses_no_request_and_ends_when_the_old_key_is_unused() {
    let scene = Scene::new("whole").await;
    let mut rotation =
        Rotation::start(scene.plan(RotationMode::Planned), scene.state_file()).unwrap();
    let load = scene.start_load();
    drive(&scene, &mut rotation).await.unwrap();
    let (answered, failed) = load.stop().await;
    assert!(answered > 20, "only {answered} requests in all");
    assert_eq!(failed, 0, "of {answered} requests");
    let new_key = scene.new_key().public_key().to_spki_pem();
    for (key, status) in scene
        .stand_in
        .state
        .lock()
        .unwrap()
        .numbers
        .values()
        .flatten()
    {
        assert_eq!((key.as_str(), status.as_str()), (new_key.as_str(), "VALID"));
    }
    assert_eq!(
        fs::read_to_string(scene.folder.join("public.new.pem")).unwrap(),
        new_key
    );
}

#[tokio::test]
async fn killed_after_the_work_of_any_step_a_second_run_finishes() {
    let mut kills = 0;
    for writes in 1.. {
        let scene = Scene::new(&format!("kill{writes}")).await;
        let store = KilledStore {
            file: scene.state_file(),
            writes_left: Rc::new(Cell::new(writes)),
        };
        let mut rotation = Rotation::start(scene.plan(RotationMode::Planned), store).unwrap();
        let first = drive(&scene, &mut rotation).await;
        drop(rotation);
        if first.is_ok() {
            break;
        }
        kills += 1;
        let made = scene.new_key().fingerprint();
        let mut resumed = Rotation::resume(scene.state_file()).unwrap();
        drive(&scene, &mut resumed).await.unwrap();
        assert_eq!(scene.new_key().fingerprint(), made, "the pair is made once");
        assert_eq!(resumed.new_key().unwrap().fingerprint(), made);
        let new_key = scene.new_key().public_key().to_spki_pem();
        for (key, _) in scene
            .stand_in
            .state
            .lock()
            .unwrap()
            .numbers
            .values()
            .flatten()
        {
            assert_eq!(*key, new_key);
        }
    }
    assert!(kills >= 5, "only {kills} steps were killed");
}

#[tokio::test]
async fn killed_in_the_middle_of_publishing_a_second_run_finishes() {
    let scene = Scene::new("half").await;
    let mut rotation =
        Rotation::start(scene.plan(RotationMode::Planned), scene.state_file()).unwrap();
    while rotation.stage() != Stage::Publish {
        drive_once(&scene, &mut rotation).await;
    }
    // Every number fails from the second call on.
    let state = &scene.stand_in.state;
    let faults = std::iter::repeat_n(refusal(500, 131_000, None, "signature failed"), 60);
    state.lock().unwrap().faults.extend(faults);
    let error = rotation.advance(&scene.tools()).await.unwrap_err();
    assert!(matches!(error, RotationError::NotPublished(_)));
    assert!(error.to_string().contains("131000"), "{error}");
    state.lock().unwrap().faults.clear();
    scene.phones_get_answers();
    drop(rotation);
    let mut resumed = Rotation::resume(scene.state_file()).unwrap();
    assert_eq!(resumed.stage(), Stage::Publish);
    drive(&scene, &mut resumed).await.unwrap();
}

async fn drive_once<S: StateStore>(scene: &Scene, rotation: &mut Rotation<S>) {
    if let Advance::Waiting(_) = rotation.advance(&scene.tools()).await.unwrap() {
        scene.deploy_both();
    }
}

#[tokio::test]
async fn nothing_is_published_before_the_endpoint_answers_with_the_new_key() {
    let scene = Scene::new("order").await;
    let mut rotation =
        Rotation::start(scene.plan(RotationMode::Planned), scene.state_file()).unwrap();
    rotation.advance(&scene.tools()).await.unwrap();
    for _ in 0..3 {
        let waiting = rotation.advance(&scene.tools()).await.unwrap();
        let Advance::Waiting(waiting) = waiting else {
            panic!("{waiting:?}");
        };
        assert_eq!(
            waiting,
            Waiting::NewKeyNotDeployed {
                answered: 0,
                sent: 1
            }
        );
        assert!(waiting.help().contains("FLOWGATE_PRIVATE_KEY_FILE=NEW,OLD"));
    }
    // It answered once, and was rolled back before the key was published.
    scene.deploy_both();
    rotation.advance(&scene.tools()).await.unwrap();
    scene.endpoint.restart_with(KeyRing::new(&OLD).unwrap());
    let advance = rotation.advance(&scene.tools()).await.unwrap();
    assert!(matches!(
        advance,
        Advance::Waiting(Waiting::NewKeyNotDeployed { .. })
    ));
    assert!(scene.stand_in.uploads().is_empty());
}

#[tokio::test]
async fn in_an_emergency_the_compromised_key_must_be_gone() {
    let scene = Scene::new("emergency").await;
    let mut rotation =
        Rotation::start(scene.plan(RotationMode::Emergency), scene.state_file()).unwrap();
    rotation.advance(&scene.tools()).await.unwrap();
    scene.deploy_both();
    while rotation.stage() != Stage::RemoveOldKey {
        rotation.advance(&scene.tools()).await.unwrap();
    }
    assert_eq!(scene.stand_in.uploads().len(), 2);
    let advance = rotation.advance(&scene.tools()).await.unwrap();
    assert!(matches!(advance, Advance::Waiting(Waiting::OldKeyAnswers)));
    scene
        .endpoint
        .restart_with(KeyRing::new(&scene.new_key()).unwrap());
    let advance = rotation.advance(&scene.tools()).await.unwrap();
    assert!(matches!(advance, Advance::Reached(Stage::Finished)));
}

#[tokio::test]
async fn the_state_file_is_the_owners_and_holds_no_private_material() {
    let scene = Scene::new("state").await;
    let mut rotation =
        Rotation::start(scene.plan(RotationMode::Planned), scene.state_file()).unwrap();
    let passphrase = KeyProtection::Passphrase(Passphrase::new(PASSPHRASE));
    let tools = scene.tools_with(passphrase);
    rotation.advance(&tools).await.unwrap();
    let private_key = fs::read_to_string(scene.folder.join("private.new.pem")).unwrap();
    assert!(private_key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    let path = scene.folder.join("rotation.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("PRIVATE KEY"), "{text}");
    assert!(!text.contains(PASSPHRASE), "{text}");
    assert!(!text.contains(crate::endpoint::APP_SECRET), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_cannot_go_on_is_told() {
    let scene = Scene::new("errors").await;
    let missing = Rotation::resume(scene.state_file()).unwrap_err();
    assert!(matches!(missing, RotationError::NotStarted { .. }));
    let plan = || scene.plan(RotationMode::Planned);
    let mut rotation = Rotation::start(plan(), scene.state_file()).unwrap();
    let twice = Rotation::start(plan(), scene.state_file()).unwrap_err();
    assert!(matches!(twice, RotationError::AlreadyStarted { .. }));
    rotation.advance(&scene.tools()).await.unwrap();

    let wrong = RotationTools::new(
        flowgate_keys::AppSecret::new("wrong").unwrap(),
        KeyProtection::Unencrypted,
    );
    let error = rotation.advance(&wrong).await.unwrap_err();
    assert!(error.to_string().contains("app secret"), "{error}");

    fs::write(scene.folder.join("rotation.json"), "{\"version\": 1}").unwrap();
    let error = Rotation::resume(scene.state_file()).unwrap_err();
    assert!(error.to_string().contains("has no `next`"), "{error}");
}
