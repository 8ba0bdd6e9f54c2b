//! Publishing to several numbers: what is uploaded, and what is left alone.

use flowgate_platform::{Bootstrap, PhoneNumber, SignatureStatus, UploadReason, WabaId};
use serde_json::json;

use crate::server::{Reply, Server};
use crate::stand_in::{KEYS, StandIn, TOKEN, retries};

const NUMBERS: [&str; 3] = ["1001", "1002", "1003"];

fn bootstrap() -> Bootstrap {
    Bootstrap::new(KEYS[0].clone()).retries(retries().0)
}

#[tokio::test]
async fn three_numbers_are_published_and_one_re_registered_is_mended_alone() {
    let stand_in = StandIn::start(&NUMBERS).await;
    let report = bootstrap().ensure_published(&stand_in.numbers()).await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(stand_in.uploads().len(), 3);
    for number in &report.numbers {
        assert_eq!(number.uploaded, Some(UploadReason::NoKey));
        assert!(number.published.as_ref().unwrap().is_valid(&KEYS[0]));
    }

    let again = bootstrap().ensure_published(&stand_in.numbers()).await;
    assert!(again.is_complete());
    assert_eq!(stand_in.uploads().len(), 3, "nothing was left to do");

    // What re-registration does to the second one.
    stand_in.set("1002", &KEYS[0].to_spki_pem(), "MISMATCH");
    let mended = bootstrap().ensure_published(&stand_in.numbers()).await;
    assert!(mended.is_complete());
    assert_eq!(stand_in.uploads()[3..], ["1002"]);
    assert_eq!(
        mended.numbers[1].uploaded,
        Some(UploadReason::Status(SignatureStatus::Mismatch))
    );
}

#[tokio::test]
async fn what_phones_cannot_use_is_replaced() {
    let pem = KEYS[0].to_spki_pem();
    for (text, status, reason) in [
        (
            KEYS[1].to_spki_pem(),
            "VALID",
            UploadReason::OtherKey(KEYS[1].fingerprint()),
        ),
        (
            pem.replace('\n', "\\n"),
            "VALID",
            UploadReason::UnreadableKey,
        ),
        ("not a key".to_owned(), "VALID", UploadReason::UnreadableKey),
        (
            pem.clone(),
            "SOMETHING_NEW",
            UploadReason::Status(SignatureStatus::Other("SOMETHING_NEW".to_owned())),
        ),
    ] {
        let stand_in = StandIn::start(&["1001"]).await;
        stand_in.set("1001", &text, status);
        let report = bootstrap().ensure_published(&stand_in.numbers()).await;
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(report.numbers[0].uploaded, Some(reason));
    }
}

#[tokio::test]
async fn a_key_with_other_line_ends_is_left_alone() {
    let stand_in = StandIn::start(&["1001"]).await;
    stand_in.set(
        "1001",
        &KEYS[0].to_spki_pem().replace('\n', "\r\n"),
        "VALID",
    );
    let report = bootstrap().ensure_published(&stand_in.numbers()).await;
    assert!(report.is_complete());
    assert!(stand_in.uploads().is_empty());
}

#[tokio::test]
async fn one_failing_number_does_not_stop_the_others() {
    let stand_in = StandIn::start(&NUMBERS).await;
    let mut numbers = stand_in.numbers();
    stand_in.state.lock().unwrap().numbers.remove("1002");
    let report = bootstrap().concurrency(1).ensure_published(&numbers).await;
    let failed: Vec<String> = report.failed().map(|number| number.number.id()).collect();
    assert_eq!(failed, ["1002"]);
    assert_eq!(stand_in.uploads(), ["1001", "1003"]);
    numbers.clear();
    assert!(bootstrap().ensure_published(&numbers).await.is_complete());
}

#[tokio::test]
async fn several_instances_at_once_agree() {
    let stand_in = StandIn::start(&NUMBERS).await;
    let numbers = stand_in.numbers();
    let (one, two, three) = (bootstrap(), bootstrap(), bootstrap());
    let (one, two, three) = tokio::join!(
        one.ensure_published(&numbers),
        two.ensure_published(&numbers),
        three.ensure_published(&numbers)
    );
    assert!(one.is_complete() && two.is_complete() && three.is_complete());
}

#[tokio::test]
async fn an_upload_whose_reply_was_lost_is_found_done_by_the_next_run() {
    // "Killed after the upload": the key is there, nobody heard of it.
    let stand_in = StandIn::start(&["1001"]).await;
    stand_in.set("1001", &KEYS[0].to_spki_pem(), "VALID");
    let report = bootstrap().ensure_published(&stand_in.numbers()).await;
    assert!(report.is_complete());
    assert!(stand_in.uploads().is_empty());
}

#[tokio::test]
async fn an_upload_is_what_phones_read_byte_for_byte() {
    let stand_in = StandIn::start(&["1001"]).await;
    let report = bootstrap().ensure_published(&stand_in.numbers()).await;
    assert!(report.is_complete());
    let upload = &stand_in.server.requests()[1];
    assert_eq!(upload.target, "/v23.0/1001/whatsapp_business_encryption");
    assert_eq!(upload.header("content-type"), Some("application/json"));
    assert_eq!(
        upload.json(),
        json!({"business_public_key": KEYS[0].to_spki_pem()})
    );
}

#[tokio::test]
async fn the_numbers_of_an_account_are_listed_over_all_pages() {
    let server = Server::start(|request| {
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {TOKEN}").as_str())
        );
        assert!(request.target.starts_with("/v23.0/42/phone_numbers?"));
        let (id, next) = match request.target.contains("after=cursor1") {
            false => ("1001", json!({"cursors": {"after": "cursor1"}, "next": "https://x"})),
            true => ("1002", json!({"cursors": {"after": "cursor2"}})),
        };
        Reply::json(
            200,
            json!({"data": [{"id": id, "display_phone_number": "+1 555-0100", "verified_name": "Shop"}], "paging": next}),
        )
    })
    .await;
    let api =
        flowgate_platform::CloudApi::builder(flowgate_platform::AccessToken::new(TOKEN).unwrap())
            .base_url(&server.url)
            .build()
            .unwrap();
    let account = WabaId::new("42").unwrap();
    let numbers = PhoneNumber::all_of(&api, &account, &retries().0)
        .await
        .unwrap();
    let ids: Vec<String> = numbers.iter().map(PhoneNumber::id).collect();
    assert_eq!(ids, ["1001", "1002"]);
    assert_eq!(numbers[0].description(), Some("+1 555-0100, Shop"));
}

#[tokio::test]
async fn a_number_may_keep_an_older_key_and_gets_its_signature_mended() {
    let stand_in = StandIn::start(&NUMBERS).await;
    let older = KEYS[1].to_spki_pem();
    stand_in.set("1001", &older, "VALID");
    stand_in.set("1002", &older, "MISMATCH");
    let report = bootstrap()
        .older_keys([KEYS[1].clone()])
        .keep_foreign_keys()
        .ensure_published(&stand_in.numbers())
        .await;
    assert!(report.is_complete(), "{report:?}");
    let held: Vec<_> = (report.numbers.iter().zip(NUMBERS))
        .map(|(number, id)| {
            assert_eq!(number.number.id(), id);
            let key = number.published.as_ref().unwrap().key().unwrap();
            (number.older_key, key.fingerprint())
        })
        .collect();
    let (new, old) = (KEYS[0].fingerprint(), KEYS[1].fingerprint());
    assert_eq!(held, [(Some(old), old), (Some(old), old), (None, new)]);
    assert_eq!(
        report.numbers[1].uploaded,
        Some(UploadReason::Status(SignatureStatus::Mismatch))
    );
    let mut uploads = stand_in.uploads();
    uploads.sort();
    assert_eq!(uploads, ["1002", "1003"]);
}

#[tokio::test]
async fn a_foreign_key_is_left_alone_on_request_but_a_text_that_is_none_is_not() {
    let stand_in = StandIn::start(&["1001", "1002"]).await;
    stand_in.set("1001", &KEYS[1].to_spki_pem(), "VALID");
    stand_in.set("1002", "not a key", "VALID");
    let report = bootstrap()
        .keep_foreign_keys()
        .ensure_published(&stand_in.numbers())
        .await;
    let failed: Vec<String> = report.failed().map(ToString::to_string).collect();
    assert_eq!(failed.len(), 1);
    let found = KEYS[1].fingerprint().short();
    assert!(failed[0].contains(&found.to_string()), "{failed:?}");
    assert!(failed[0].contains("flowgate keys publish"), "{failed:?}");
    assert_eq!(stand_in.uploads(), ["1002"]);
}
