//! A Cloud API of a few phone numbers, and what the tests share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use flowgate_keys::{PhoneNumberId, PrivateKey, PublicKey};
use flowgate_platform::{AccessToken, CloudApi, PhoneNumber, Retries, RetryPolicy};
use serde_json::json;

use crate::clock::CountingClock;
use crate::server::{Reply, Request, Server};

pub(crate) static KEYS: LazyLock<[PublicKey; 2]> =
    LazyLock::new(|| [(); 2].map(|()| PrivateKey::generate().unwrap().public_key().clone()));

pub(crate) const TOKEN: &str = "EAABtesttoken";

/// The numbers with the key and status of each.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) numbers: BTreeMap<String, Option<(String, String)>>,
    /// Status of keys uploaded from now on; VALID unless set.
    pub(crate) next_statuses: VecDeque<String>,
    /// Replies that come first, whatever is asked.
    pub(crate) faults: VecDeque<Reply>,
}

pub(crate) struct StandIn {
    pub(crate) server: Server,
    pub(crate) state: Arc<Mutex<State>>,
}

impl StandIn {
    pub(crate) async fn start(ids: &[&str]) -> Self {
        let state = Arc::new(Mutex::new(State {
            numbers: ids.iter().map(|id| ((*id).to_owned(), None)).collect(),
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        let server = Server::start(move |request| shared.lock().unwrap().answer(request)).await;
        Self { server, state }
    }

    pub(crate) fn api(&self) -> CloudApi {
        CloudApi::builder(AccessToken::new(TOKEN).unwrap())
            .base_url(&self.server.url)
            .request_timeout(Duration::from_millis(300))
            .build()
            .unwrap()
    }

    pub(crate) fn numbers(&self) -> Vec<PhoneNumber> {
        let api = self.api();
        let state = self.state.lock().unwrap();
        let ids = state.numbers.keys();
        ids.map(|id| PhoneNumber::cloud(&api, PhoneNumberId::new(id).unwrap()))
            .collect()
    }

    pub(crate) fn uploads(&self) -> Vec<String> {
        let requests = self.server.requests();
        let uploads = requests.iter().filter(|request| request.method == "POST");
        uploads
            .map(|request| request.target.split('/').nth(2).unwrap().to_owned())
            .collect()
    }

    pub(crate) fn set(&self, id: &str, key: &str, status: &str) {
        let entry = Some((key.to_owned(), status.to_owned()));
        self.state
            .lock()
            .unwrap()
            .numbers
            .insert(id.to_owned(), entry);
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        if let Some(fault) = self.faults.pop_front() {
            return fault;
        }
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {TOKEN}").as_str())
        );
        let path: Vec<&str> = request.target.split('/').collect();
        let ["", "v23.0", id, "whatsapp_business_encryption"] = path.as_slice() else {
            return refusal(
                404,
                803,
                None,
                "Some of the aliases you requested do not exist",
            );
        };
        let Some(entry) = self.numbers.get_mut(*id) else {
            return refusal(400, 100, Some(33), "Unsupported post request.");
        };
        if request.method == "POST" {
            let key = request.json()["business_public_key"]
                .as_str()
                .unwrap()
                .to_owned();
            let status = self.next_statuses.pop_front();
            *entry = Some((key, status.unwrap_or_else(|| "VALID".to_owned())));
            return Reply::json(200, json!({"success": true}));
        }
        let data = entry.iter().map(|(key, status)| {
            json!({
                "business_public_key": key,
                "business_public_key_signature_status": status,
            })
        });
        Reply::json(200, json!({"data": data.collect::<Vec<_>>()}))
    }
}

pub(crate) fn refusal(status: u16, code: i64, subcode: Option<i64>, message: &str) -> Reply {
    let mut error = json!({
        "message": message,
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "AbCdEf",
    });
    if let Some(subcode) = subcode {
        error["error_subcode"] = subcode.into();
    }
    Reply::json(status, json!({ "error": error }))
}

pub(crate) fn retries() -> (Retries, Arc<CountingClock>) {
    let clock = Arc::new(CountingClock::default());
    let retries = Retries::with_timer(RetryPolicy::default(), Arc::clone(&clock) as Arc<_>);
    (retries, clock)
}
