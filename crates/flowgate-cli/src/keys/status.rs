//! `flowgate keys status`: tells what each phone number holds; changes nothing.

use clap::Args;
use flowgate_keys::PublicKey;
use flowgate_platform::args::PlatformArgs;
use flowgate_platform::{PhoneNumber, PlatformError, PublishedKey, SignatureStatus, UploadReason};
use serde_json::{Value, json};

use super::table::table;
use crate::exit_code;
use crate::failure::{Failure, platform_exit_code};
use crate::output::{Format, write_result};
use crate::public_key_args::PublicKeyArgs;
use crate::{retry_talk, runtime};

/// Arguments of `flowgate keys status`.
#[derive(Args)]
pub(crate) struct Status {
    #[command(flatten)]
    key: PublicKeyArgs,
    #[command(flatten)]
    platform: PlatformArgs,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// What one number holds.
struct Holding {
    number: PhoneNumber,
    published: Result<Option<PublishedKey>, PlatformError>,
}

/// What is to be said of a number.
struct Verdict {
    is_good: bool,
    words: String,
    help: &'static str,
}

impl Status {
    /// Reads the key of each number and shows the table.
    pub(super) fn run(&self) -> Result<u8, Failure> {
        let key = self.key.read()?;
        let retries = retry_talk::retries(&self.platform);
        let holdings = runtime::block_on(async {
            let mut holdings = Vec::new();
            for number in self.platform.numbers(&retries).await? {
                let published = retries
                    .run(&format!("read the key of {number}"), || {
                        number.read_public_key()
                    })
                    .await;
                holdings.push(Holding { number, published });
            }
            Ok(holdings)
        })?;
        let verdicts: Vec<Verdict> = holdings
            .iter()
            .map(|holding| holding.verdict(key.as_ref()))
            .collect();
        let text = match self.format {
            Format::Text => text(&holdings, &verdicts, key.as_ref()),
            Format::Json => document(&holdings, &verdicts, key.as_ref()),
        };
        write_result(&text)?;
        if self.format == Format::Text {
            for holding in &holdings {
                if let Err(error) = &holding.published {
                    eprintln!("error: {}: {}", holding.number, error.problem());
                    eprintln!(" help: {}", error.help());
                }
            }
        }
        let failed = holdings.iter().find_map(|one| one.published.as_ref().err());
        Ok(match failed {
            Some(error) => platform_exit_code(error),
            None if verdicts.iter().all(|verdict| verdict.is_good) => exit_code::SUCCESS,
            None => exit_code::NOT_VALID,
        })
    }
}

impl Holding {
    fn verdict(&self, key: Option<&PublicKey>) -> Verdict {
        let bad = |words: String, help| Verdict {
            is_good: false,
            words,
            help,
        };
        let published = match &self.published {
            Err(error) => return bad(error.problem(), error.help()),
            Ok(None) => return bad("has no key".to_owned(), PUBLISH),
            Ok(Some(published)) => published,
        };
        if let Some(key) = key {
            return match UploadReason::find(Some(published), key) {
                None => Verdict {
                    is_good: true,
                    words: "holds this key".to_owned(),
                    help: "",
                },
                Some(UploadReason::Status(_)) => {
                    bad("holds this key, not to be used".to_owned(), PUBLISH)
                }
                Some(UploadReason::OtherKey(_)) => bad("holds another key".to_owned(), PUBLISH),
                Some(_) => bad(
                    "holds a text that phones cannot read as a key".to_owned(),
                    PUBLISH,
                ),
            };
        }
        match (published.key(), published.status()) {
            (Ok(found), SignatureStatus::Valid) if published.holds(&found) => Verdict {
                is_good: true,
                words: "holds a key".to_owned(),
                help: "",
            },
            (Ok(found), _) if published.holds(&found) => {
                bad("holds a key, not to be used".to_owned(), PUBLISH)
            }
            _ => bad(
                "holds a text that phones cannot read as a key".to_owned(),
                PUBLISH,
            ),
        }
    }

    fn fingerprint(&self) -> Option<String> {
        let published = self.published.as_ref().ok()?.as_ref()?;
        Some(published.key().ok()?.fingerprint().to_string())
    }

    fn signature(&self) -> Option<String> {
        let published = self.published.as_ref().ok()?.as_ref()?;
        Some(published.status().to_string())
    }
}

fn text(holdings: &[Holding], verdicts: &[Verdict], key: Option<&PublicKey>) -> String {
    let dash = || "-".to_owned();
    let rows: Vec<[String; 5]> = holdings
        .iter()
        .zip(verdicts)
        .map(|(holding, verdict)| {
            [
                holding.number.id(),
                holding.number.description().unwrap_or("-").to_owned(),
                holding
                    .fingerprint()
                    .map_or_else(dash, |text| text.chars().take(16).collect()),
                holding.signature().unwrap_or_else(dash),
                match &holding.published {
                    // Its words would not fit; they follow on standard error.
                    Err(_) => "FAILED".to_owned(),
                    Ok(_) => verdict.words.clone(),
                },
            ]
        })
        .collect();
    let mut text = String::new();
    if let Some(key) = key {
        text = format!("key {}\n\n", key.fingerprint());
    }
    text.push_str(&table(
        ["number", "name", "fingerprint", "signature", "verdict"],
        &rows,
    ));
    let mut helps: Vec<&str> = holdings
        .iter()
        .zip(verdicts)
        .filter(|(holding, _)| holding.published.is_ok())
        .map(|(_, verdict)| verdict.help)
        .collect();
    helps.sort_unstable();
    helps.dedup();
    for help in helps.into_iter().filter(|help| !help.is_empty()) {
        text.push_str(&format!("\nhelp: {help}\n"));
    }
    text
}

/// The JSON form. Fields are only ever added.
fn document(holdings: &[Holding], verdicts: &[Verdict], key: Option<&PublicKey>) -> String {
    let entry = |(holding, verdict): (&Holding, &Verdict)| -> Value {
        json!({
            "id": holding.number.id(),
            "name": holding.number.description(),
            "valid": verdict.is_good,
            "verdict": verdict.words,
            "help": verdict.help,
            "signature_status": holding.signature(),
            "published_fingerprint": holding.fingerprint(),
            "error": holding.published.as_ref().err().map(|error| json!({
                "problem": error.problem(),
                "help": error.help(),
            })),
        })
    };
    let document = json!({
        "fingerprint": key.map(|key| key.fingerprint().to_string()),
        "complete": verdicts.iter().all(|verdict| verdict.is_good),
        "numbers": holdings.iter().zip(verdicts).map(entry).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

const PUBLISH: &str = "publish the key with `flowgate keys publish`; the same key may be uploaded \
                       again, which makes a new signature";
