//! The Cloud API as documented: shapes, errors and statuses, over HTTP.

use std::time::{Duration, UNIX_EPOCH};

use flowgate_simulator::{
    Alteration, CallLimit, Clock, CloudReadShape, Home, NoKeyShape, NumberBehaviour, NumberSetup,
    Permission, Platform, Shapes, Simulator, TokenGrant, UnknownIdShape, ValidAfter, WhileWaiting,
};
use serde_json::{Value, json};

use crate::client::{self, CLOUD, Client, form, key, multipart};

const NUMBER: &str = "100000000000001";
const ACCOUNT: &str = "200000000000001";

struct Cloud {
    simulator: Simulator,
    client: Client,
}

impl Cloud {
    fn start() -> Self {
        Self::with(Platform::builder().build().unwrap(), TokenGrant::new())
    }

    fn with(platform: Platform, grant: TokenGrant) -> Self {
        let token = platform.issue_token(grant).unwrap();
        let simulator = Simulator::builder(platform).start().unwrap();
        let client = Client::new(&simulator.cloud_url()).bearer(token.expose_secret());
        Self { simulator, client }
    }

    fn platform(&self) -> &Platform {
        self.simulator.platform()
    }

    async fn upload(&self, pem: &str) -> (u16, Value) {
        self.client
            .post_json(&encryption(NUMBER), &json!({ "business_public_key": pem }))
            .await
    }

    async fn read(&self) -> (u16, Value) {
        self.client.get(&encryption(NUMBER)).await
    }

    async fn status(&self) -> String {
        let (_, body) = self.read().await;
        let status = &body["data"][0]["business_public_key_signature_status"];
        status.as_str().unwrap_or("none").to_owned()
    }
}

fn encryption(id: &str) -> String {
    format!("{CLOUD}/{id}/whatsapp_business_encryption")
}

#[track_caller]
fn assert_error(reply: &(u16, Value), status: u16, code: i64) {
    assert_eq!(
        (reply.0, &reply.1["error"]["code"]),
        (status, &json!(code)),
        "{}",
        reply.1
    );
    for field in ["message", "type", "fbtrace_id"] {
        assert!(reply.1["error"][field].is_string(), "{field}: {}", reply.1);
    }
}

#[tokio::test]
async fn all_encodings_store_the_key_byte_for_byte() {
    let cloud = Cloud::start();
    // With CR LF and without a line break at the end, to see every byte.
    let pem = key().replace('\n', "\r\n").trim_end().to_owned();
    let (form_type, form_body) = form(&[("business_public_key", &pem)]);
    let (multipart_type, multipart_body) = multipart(&[("business_public_key", &pem)]);
    let json_body = json!({ "business_public_key": pem }).to_string();
    for (content_type, body) in [
        (form_type, form_body),
        (multipart_type, multipart_body),
        ("application/json".to_owned(), json_body),
    ] {
        let reply = cloud
            .client
            .post(&encryption(NUMBER), &content_type, body)
            .await;
        assert_eq!(reply, (200, json!({ "success": true })), "{content_type}");
        let (status, read) = cloud.read().await;
        assert_eq!(status, 200);
        assert_eq!(
            read,
            json!({ "data": [{
                "business_public_key": pem,
                "business_public_key_signature_status": "VALID",
            }] })
        );
        let id = client::id(NUMBER);
        cloud.platform().remove_key(&id).unwrap();
    }
}

#[tokio::test]
async fn unencoded_plus_in_a_form_ruins_the_key() {
    let cloud = Cloud::start();
    let pem = client::key_with_plus();
    let body = format!("business_public_key={pem}");
    let reply = cloud
        .client
        .post(
            &encryption(NUMBER),
            "application/x-www-form-urlencoded",
            body,
        )
        .await;
    assert_error(&reply, 400, 100);
}

#[tokio::test]
async fn wrong_keys_get_code_100() {
    let cloud = Cloud::start();
    let reply = cloud
        .client
        .post_json(&encryption(NUMBER), &json!({ "public_key": key() }))
        .await;
    assert_error(&reply, 400, 100);
    for pem in [
        "no key",
        client::KEY_OF_1024_BITS,
        &key().replace('\n', "\\n"),
        &key().replace("PUBLIC", "RSA PUBLIC"),
    ] {
        assert_error(&cloud.upload(pem).await, 400, 100);
    }
    let reply = cloud
        .client
        .post(&encryption(NUMBER), "application/json", "{".to_owned())
        .await;
    assert_error(&reply, 400, 100);
    assert!(cloud.platform().phone_numbers()[0].key.is_none());
}

#[tokio::test]
async fn read_has_two_documented_shapes_and_fields() {
    let cloud = Cloud::start();
    cloud.upload(key()).await;
    let only = format!(
        "{}?fields=business_public_key_signature_status",
        encryption(NUMBER)
    );
    let status = json!({ "business_public_key_signature_status": "VALID" });
    assert_eq!(cloud.client.get(&only).await.1, json!({ "data": [status] }));
    cloud.platform().set_shapes(Shapes {
        cloud_read: CloudReadShape::Flat,
        ..Shapes::default()
    });
    assert_eq!(cloud.client.get(&only).await.1, status);
    let unknown = format!("{}?fields=foo", encryption(NUMBER));
    assert_error(&cloud.client.get(&unknown).await, 400, 100);
}

#[tokio::test]
async fn read_without_key_has_three_shapes() {
    let cloud = Cloud::start();
    for (shape, data) in [
        (NoKeyShape::Empty, json!([])),
        (NoKeyShape::NoFields, json!([{}])),
        (
            NoKeyShape::Blank,
            json!([{
                "business_public_key": " ",
                "business_public_key_signature_status": "VALID",
            }]),
        ),
    ] {
        cloud.platform().set_shapes(Shapes {
            cloud_no_key: shape,
            ..Shapes::default()
        });
        assert_eq!(cloud.read().await, (200, json!({ "data": data })));
    }
}

#[tokio::test]
async fn calls_without_a_good_token_are_refused() {
    let cloud = Cloud::start();
    let stranger = Client::new(&cloud.simulator.cloud_url());
    assert_error(&stranger.get(&encryption(NUMBER)).await, 400, 104);
    let stranger = stranger.bearer("EAAwrong");
    assert_error(&stranger.get(&encryption(NUMBER)).await, 401, 190);
    cloud.platform().expire_access_tokens();
    let reply = cloud.read().await;
    assert_error(&reply, 401, 190);
    assert_eq!(reply.1["error"]["error_subcode"], 463);
}

#[tokio::test]
async fn token_is_taken_from_the_query_as_well() {
    let cloud = Cloud::start();
    let token = cloud.platform().issue_token(TokenGrant::new()).unwrap();
    let client = Client::new(&cloud.simulator.cloud_url());
    let path = format!(
        "{}?access_token={}",
        encryption(NUMBER),
        token.expose_secret()
    );
    assert_eq!(client.get(&path).await.0, 200);
    let log = format!("{:?}", cloud.platform().requests());
    assert!(!log.contains(token.expose_secret()));
}

#[tokio::test]
async fn tokens_end_by_time_and_by_calls() {
    let clock = Clock::stopped_at(UNIX_EPOCH + Duration::from_secs(1_750_000_000));
    let platform = Platform::builder().clock(clock.clone()).build().unwrap();
    let hour = Duration::from_secs(3600);
    let cloud = Cloud::with(platform, TokenGrant::new().expires_in(hour));
    clock.advance(hour - Duration::from_secs(1));
    assert_eq!(cloud.read().await.0, 200);
    clock.advance(Duration::from_secs(1));
    assert_error(&cloud.read().await, 401, 190);

    let platform = cloud.platform().clone();
    let cloud = Cloud::with(platform, TokenGrant::new().expires_after_calls(2));
    assert_eq!(cloud.read().await.0, 200);
    assert_eq!(cloud.read().await.0, 200);
    assert_error(&cloud.read().await, 401, 190);
}

#[tokio::test]
async fn missing_permissions_have_their_codes() {
    let platform = Platform::builder().build().unwrap();
    let numbers = format!("{CLOUD}/{ACCOUNT}/phone_numbers");

    let grant = TokenGrant::new().permissions([Permission::WhatsappBusinessManagement]);
    let cloud = Cloud::with(platform.clone(), grant);
    assert_error(&cloud.read().await, 403, 10);
    assert_eq!(cloud.client.get(&numbers).await.0, 200);

    let grant = TokenGrant::new().permissions([Permission::WhatsappBusinessMessaging]);
    let cloud = Cloud::with(platform.clone(), grant);
    assert_eq!(cloud.read().await.0, 200);
    assert_error(&cloud.client.get(&numbers).await, 403, 10);

    let cloud = Cloud::with(platform.clone(), TokenGrant::new().accounts(["1"]));
    assert_error(&cloud.upload(key()).await, 403, 200);

    let cloud = Cloud::with(platform, TokenGrant::new());
    let behaviour = NumberBehaviour {
        not_allow_listed: true,
        ..NumberBehaviour::default()
    };
    cloud
        .platform()
        .set_behaviour(&client::id(NUMBER), behaviour)
        .unwrap();
    assert_error(&cloud.upload(key()).await, 403, 10);
}

#[tokio::test]
async fn wrong_ids_and_paths_are_refused() {
    let cloud = Cloud::start();
    // Account id, display number, no id at all.
    for id in [ACCOUNT, "15550101", "me"] {
        let reply = cloud.client.get(&encryption(id)).await;
        assert_error(&reply, 400, 100);
        assert_eq!(reply.1["error"]["error_subcode"], 33);
        assert_eq!(reply.1["error"]["type"], "GraphMethodException");
    }
    cloud.platform().set_shapes(Shapes {
        cloud_unknown_id: UnknownIdShape::NotFound,
        ..Shapes::default()
    });
    assert_error(&cloud.client.get(&encryption("1")).await, 404, 100);
    for path in [
        "/v1/settings/business/whatsapp_business_encryption",
        &format!("/{NUMBER}/whatsapp_business_encryption"),
        &format!("{CLOUD}/{NUMBER}/whatsapp_business_encyption"),
        "/",
    ] {
        assert_error(&cloud.client.get(path).await, 400, 2500);
    }
}

#[tokio::test]
async fn registration_decides_over_number_and_signature() {
    let cloud = Cloud::start();
    let id = client::id(NUMBER);
    cloud.upload(key()).await;
    assert_eq!(cloud.status().await, "VALID");

    cloud.platform().re_register(&id).unwrap();
    assert_eq!(cloud.status().await, "MISMATCH");
    cloud.upload(key()).await;
    assert_eq!(cloud.status().await, "VALID");

    cloud.platform().deregister(&id).unwrap();
    assert_error(&cloud.upload(key()).await, 400, 133_010);

    // The installation has a number of its own, which has to leave first.
    assert!(cloud.platform().move_to(&id, Home::OnPremises).is_err());
    let other = client::id("100000000000004");
    cloud.platform().move_to(&other, Home::Cloud).unwrap();
    cloud.platform().move_to(&id, Home::OnPremises).unwrap();
    assert_error(&cloud.read().await, 400, 133_010);
    cloud.platform().move_to(&id, Home::Cloud).unwrap();
    assert_eq!(cloud.status().await, "MISMATCH");
}

#[tokio::test]
async fn uploads_can_be_made_to_go_wrong() {
    let clock = Clock::stopped_at(UNIX_EPOCH + Duration::from_secs(1_750_000_000));
    let platform = Platform::builder().clock(clock.clone()).build().unwrap();
    let cloud = Cloud::with(platform, TokenGrant::new());
    let behave = |behaviour| {
        let platform = cloud.platform();
        platform
            .set_behaviour(&client::id(NUMBER), behaviour)
            .unwrap();
    };

    behave(NumberBehaviour {
        valid_after: ValidAfter {
            reads: 2,
            ..ValidAfter::default()
        },
        ..NumberBehaviour::default()
    });
    cloud.upload(key()).await;
    assert_eq!(cloud.status().await, "MISMATCH");
    assert_eq!(cloud.status().await, "MISMATCH");
    assert_eq!(cloud.status().await, "VALID");

    behave(NumberBehaviour {
        valid_after: ValidAfter {
            seconds: 5,
            shows: WhileWaiting::FormerKey,
            ..ValidAfter::default()
        },
        ..NumberBehaviour::default()
    });
    let second = client::key_with_plus();
    cloud.upload(&second).await;
    let shown = |body: Value| body["data"][0]["business_public_key"].clone();
    assert_eq!(shown(cloud.read().await.1), *key());
    clock.advance(Duration::from_secs(5));
    assert_eq!(shown(cloud.read().await.1), second);

    behave(NumberBehaviour {
        mismatch_stays: true,
        alters_uploads: Some(Alteration::OneLine),
        ..NumberBehaviour::default()
    });
    cloud.upload(key()).await;
    assert_eq!(cloud.status().await, "MISMATCH");
    assert_eq!(shown(cloud.read().await.1), key().replace('\n', ""));
}

#[tokio::test]
async fn numbers_of_an_account_come_in_pages() {
    let mut setup = Platform::builder();
    for last in 1..=5 {
        let id = client::id(&format!("10000000000000{last}"));
        setup = setup.number(NumberSetup::new(id).account("77"));
    }
    let setup = setup.number(NumberSetup::new(client::id("900")).account("88"));
    let cloud = Cloud::with(setup.build().unwrap(), TokenGrant::new());

    let (_, all) = cloud.client.get(&format!("{CLOUD}/77/phone_numbers")).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 5);
    assert_eq!(
        all["data"][0],
        json!({
            "verified_name": "Example Business",
            "code_verification_status": "VERIFIED",
            "display_phone_number": "+1 555-0101",
            "quality_rating": "GREEN",
            "id": "100000000000001",
        })
    );
    assert!(all["paging"]["next"].is_null());

    let mut next = format!("{CLOUD}/77/phone_numbers?fields=id&limit=2");
    let mut pages = Vec::new();
    loop {
        let (status, page) = cloud.client.get(&next).await;
        assert_eq!(status, 200, "{page}");
        pages.push(page["data"].as_array().unwrap().len());
        let Some(url) = page["paging"]["next"].as_str() else {
            break;
        };
        next = url
            .strip_prefix(&cloud.simulator.cloud_url())
            .unwrap()
            .to_owned();
    }
    assert_eq!(pages, [2, 2, 1]);
    let reply = cloud
        .client
        .get(&format!("{CLOUD}/77/phone_numbers?after=nonsense"))
        .await;
    assert_error(&reply, 400, 100);
    let reply = cloud.client.get(&format!("{CLOUD}/99/phone_numbers")).await;
    assert_error(&reply, 400, 100);
}

#[tokio::test]
async fn limits_answer_429_until_the_window_ends() {
    let clock = Clock::stopped_at(UNIX_EPOCH + Duration::from_secs(1_750_000_000));
    let platform = Platform::builder().clock(clock.clone()).build().unwrap();
    platform.set_limits([CallLimit {
        api: None,
        method: Some("POST".to_owned()),
        calls: 2,
        seconds: 60,
    }]);
    let cloud = Cloud::with(platform, TokenGrant::new());
    for _ in 0..2 {
        assert_eq!(cloud.upload(key()).await.0, 200);
    }
    clock.advance(Duration::from_secs(20));
    assert_error(&cloud.upload(key()).await, 429, 80_007);
    let url = format!("{}{}", cloud.simulator.cloud_url(), encryption(NUMBER));
    let reply = reqwest::Client::new().post(url).send().await.unwrap();
    assert_eq!(reply.headers()["retry-after"], "40");
    assert_eq!(cloud.read().await.0, 200);
    clock.advance(Duration::from_secs(40));
    assert_eq!(cloud.upload(key()).await.0, 200);
}
