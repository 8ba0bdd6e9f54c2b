//! `flowgate keys publish`: sees to it that phone numbers hold the key, signed.

use clap::Args;
use flowgate_platform::args::{PlatformArgs, PublishingArgs};
use flowgate_platform::{Bootstrap, BootstrapReport, NumberReport};
use serde_json::{Value, json};

use super::table::table;
use crate::failure::{Failure, report_exit_code};
use crate::output::{Format, write_result};
use crate::public_key_args::PublicKeyArgs;
use crate::{retry_talk, runtime};

/// Arguments of `flowgate keys publish`.
#[derive(Args)]
pub(crate) struct Publish {
    #[command(flatten)]
    key: PublicKeyArgs,
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    publishing: PublishingArgs,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

impl Publish {
    /// Publishes, shows the table, and names what failed.
    pub(super) fn run(&self) -> Result<u8, Failure> {
        let key = self.key.require()?;
        let retries = retry_talk::retries(&self.platform);
        let bootstrap = self
            .publishing
            .apply(Bootstrap::new(key).retries(retries.clone()));
        let report = runtime::block_on(async {
            let numbers = self.platform.numbers(&retries).await?;
            Ok(bootstrap.ensure_published(&numbers).await)
        })?;
        let fingerprint = bootstrap.key().fingerprint();
        match self.format {
            Format::Text => {
                write_result(&format!("key {fingerprint}\n\n{}", text(&report)))?;
                for number in report.failed() {
                    if let Some(failure) = &number.failure {
                        eprintln!("error: {}: {}", number.number, failure.problem());
                        eprintln!(" help: {}", failure.help());
                    }
                }
            }
            Format::Json => {
                let document = json!({
                    "fingerprint": fingerprint.to_string(),
                    "complete": report.is_complete(),
                    "numbers": report.numbers.iter().map(entry).collect::<Vec<_>>(),
                });
                write_result(&format!("{document:#}\n"))?;
            }
        }
        Ok(report_exit_code(&report))
    }
}

/// The table of a report.
fn text(report: &BootstrapReport) -> String {
    let rows: Vec<[String; 4]> = report
        .numbers
        .iter()
        .map(|number| {
            [
                number.number.id(),
                number.number.description().unwrap_or("-").to_owned(),
                match (&number.failure, &number.uploaded) {
                    (Some(_), _) => "FAILED".to_owned(),
                    (None, Some(reason)) => format!("uploaded: {reason}"),
                    (None, None) => "published already".to_owned(),
                },
                signature(number),
            ]
        })
        .collect();
    table(["number", "name", "result", "signature"], &rows)
}

fn signature(number: &NumberReport) -> String {
    number.published.as_ref().map_or_else(
        || "-".to_owned(),
        |published| published.status().to_string(),
    )
}

/// The JSON form of one number. Fields are only ever added.
fn entry(number: &NumberReport) -> Value {
    let published = number.published.as_ref();
    let found = published.and_then(|published| published.key().ok());
    json!({
        "id": number.number.id(),
        "name": number.number.description(),
        "valid": number.failure.is_none(),
        "uploaded": number.uploaded.is_some(),
        "upload_reason": number.uploaded.as_ref().map(ToString::to_string),
        "signature_status": published.map(|published| published.status().to_string()),
        "published_fingerprint": found.map(|key| key.fingerprint().to_string()),
        "error": number.failure.as_ref().map(|failure| json!({
            "problem": failure.problem(),
            "help": failure.help(),
        })),
    })
}
