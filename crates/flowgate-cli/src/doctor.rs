//! `flowgate doctor`: examines an endpoint in any language, and the published key.

use clap::Args;
use flowgate_platform::args::PlatformArgs;
use flowgate_platform::{DoctorError, DoctorReport, Severity};
use serde_json::{Value, json};

use crate::app_secret_args::AppSecretArgs;
use crate::endpoint_args::EndpointArgs;
use crate::exit_code;
use crate::failure::Failure;
use crate::output::{Format, write_result};
use crate::public_key_args::PublicKeyArgs;
use crate::{retry_talk, runtime};

/// Arguments of `flowgate doctor`.
///
/// Sends requests that are right and requests that are wrong on purpose: run it
/// on endpoints of your own. With phone numbers named, it compares the
/// published keys as well.
#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    endpoint: EndpointArgs,
    #[command(flatten)]
    key: PublicKeyArgs,
    #[command(flatten)]
    app_secret: AppSecretArgs,
    /// Flow token to open the Flow with; without one, 427 is a good answer
    #[arg(long, value_name = "TOKEN")]
    flow_token: Option<String>,
    #[command(flatten)]
    platform: PlatformArgs,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

impl Doctor {
    /// Examines, and shows what was found; code 1 if phones would fail.
    pub(crate) fn run(&self) -> Result<u8, Failure> {
        let key = self.key.require()?;
        let endpoint = self.endpoint.require()?.clone();
        let mut doctor = flowgate_platform::Doctor::new(endpoint, key, self.app_secret.read()?);
        if let Some(path) = self.endpoint.ca_file() {
            doctor = doctor.ca_file(path);
        }
        if let Some(token) = &self.flow_token {
            doctor = doctor.flow_token(token);
        }
        let report = runtime::block_on(async {
            if self.platform.names_numbers() {
                let retries = retry_talk::retries(&self.platform);
                let numbers = self.platform.numbers(&retries).await?;
                doctor = doctor.numbers(numbers, retries);
            }
            doctor.examine().await.map_err(|error| match error {
                DoctorError::Client(error) => Failure::from(error),
                DoctorError::Key(error) => Failure::from(error),
                // The enum is open for growth; what it grows by says itself.
                other => Failure::Usage {
                    problem: other.to_string(),
                    help: String::new(),
                },
            })
        })?;
        write_result(&match self.format {
            Format::Text => text(&report),
            Format::Json => document(&report),
        })?;
        Ok(if report.is_healthy() {
            exit_code::SUCCESS
        } else {
            exit_code::REFUSED
        })
    }
}

fn text(report: &DoctorReport) -> String {
    let mut text = String::new();
    for check in &report.checks {
        let mark = if check.findings == 0 { "ok  " } else { "FAIL" };
        text.push_str(&format!("{mark}  {}\n", check.title));
    }
    for finding in &report.findings {
        text.push_str(&format!(
            "\n{}[{}]: {}\n help: {}\n",
            finding.code.severity(),
            finding.code.name(),
            finding.problem,
            finding.code.help(),
        ));
    }
    text.push_str(&match report.findings.len() {
        0 => "\nnothing to mend\n".to_owned(),
        count if report.is_healthy() => format!("\n{count} to look at; phones get answers\n"),
        count => format!("\n{count} to mend\n"),
    });
    text
}

/// The JSON form. Fields are only ever added, codes keep their meaning.
fn document(report: &DoctorReport) -> String {
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "code": finding.code.name(),
                "severity": match finding.code.severity() {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                },
                "problem": finding.problem,
                "help": finding.code.help(),
            })
        })
        .collect();
    let checks: Vec<Value> = report
        .checks
        .iter()
        .map(|check| json!({"title": check.title, "findings": check.findings}))
        .collect();
    let document = json!({
        "healthy": report.is_healthy(),
        "checks": checks,
        "findings": findings,
    });
    format!("{document:#}\n")
}
