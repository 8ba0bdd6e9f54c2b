//! `flowgate keys inspect`: tells what a key file is and what is wrong with it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use flowgate_keys::{KeyError, KeyMaterial, Loaded};
use serde_json::{Value, json};

use super::passphrase_source::{PassphraseSource, set_variable};
use crate::failure::Failure;
use crate::output::Format;

/// Arguments of `flowgate keys inspect`.
#[derive(Args)]
pub(crate) struct Inspect {
    /// A private key, public key or certificate, PEM or DER; `-` reads
    /// standard input.
    ///
    /// Defaults to what a server would read: the file named by
    /// FLOWGATE_PRIVATE_KEY_FILE, or the text in FLOWGATE_PRIVATE_KEY.
    file: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseSource,

    /// How the result is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

impl Inspect {
    /// Reads the key and tells about it; secret parts are never shown.
    pub(super) fn run(&self) -> Result<String, Failure> {
        let passphrase = self.passphrase.read()?;
        let source = match &self.file {
            Some(path) if path.as_os_str() == "-" => Source::StandardInput,
            Some(path) => Source::File(path.clone()),
            None => Source::from_environment()?,
        };
        let name = source.name();
        let loaded = match source {
            Source::StandardInput => {
                KeyMaterial::load_reader(std::io::stdin().lock(), passphrase.as_ref())
            }
            Source::File(path) => KeyMaterial::read_file(path, passphrase.as_ref()),
            Source::Variable(text) => {
                KeyMaterial::load(text.as_encoded_bytes(), passphrase.as_ref())
            }
        };
        let loaded = loaded.map_err(|error| match error {
            // These name the file themselves.
            error @ KeyError::Io { .. } => Failure::from(error),
            error => Failure::Key {
                input: name.clone(),
                error,
            },
        })?;
        Ok(match self.format {
            Format::Text => text(&name, &loaded),
            Format::Json => format!("{:#}\n", document(&loaded)),
        })
    }
}

/// Where the key is.
enum Source {
    StandardInput,
    File(PathBuf),
    Variable(OsString),
}

impl Source {
    /// What a server would read with this environment.
    fn from_environment() -> Result<Self, Failure> {
        let usage = |problem: String, help: String| Failure::Usage { problem, help };
        match (set_variable(KEY_VARIABLE), set_variable(KEY_FILE_VARIABLE)) {
            (Some(text), None) => Ok(Self::Variable(text)),
            (None, Some(path)) => Ok(Self::File(path.into())),
            (Some(_), Some(_)) => Err(usage(
                format!("both {KEY_VARIABLE} and {KEY_FILE_VARIABLE} are set"),
                "unset one of them, or name the file to inspect".to_owned(),
            )),
            (None, None) => Err(usage(
                format!("no file named, and neither {KEY_VARIABLE} nor {KEY_FILE_VARIABLE} is set"),
                "type `flowgate keys inspect FILE`, or `-` for standard input".to_owned(),
            )),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::StandardInput => "standard input".to_owned(),
            Self::File(path) => format!("`{}`", path.display()),
            Self::Variable(_) => KEY_VARIABLE.to_owned(),
        }
    }
}

fn text(name: &str, loaded: &Loaded<KeyMaterial>) -> String {
    let public = loaded.key.public_key();
    let is_private = matches!(loaded.key, KeyMaterial::Private(_));
    let kind = if is_private { "private" } else { "public" };
    let mut lines = vec![
        format!("{name}: RSA {kind} key of {} bits", public.modulus_bits()),
        String::new(),
        format!("form         {}", loaded.form),
    ];
    if is_private {
        lines.push(match &loaded.form.encryption {
            Some(encryption) => format!("encryption   {encryption}"),
            None => "encryption   none: whoever can read the file has the key".to_owned(),
        });
    }
    lines.push(format!("fingerprint  {}", loaded.key.fingerprint()));
    lines.extend(
        loaded
            .notes
            .iter()
            .map(|note| format!("note         {note}")),
    );
    if !loaded.repairs.is_empty() {
        lines.push(String::new());
        lines.push("flowgate reads this as it is; other programs may not. Repaired:".to_owned());
        for repair in &loaded.repairs {
            lines.push(format!("- {repair}"));
            lines.push(format!("  to mend the file: {}", repair.help()));
        }
    }
    lines.push(String::new());
    lines.push("The public key, as WhatsApp takes it:".to_owned());
    lines.push(String::new());
    format!("{}\n{}", lines.join("\n"), public.to_spki_pem())
}

/// The JSON form. Fields are only ever added; texts within `repairs` and
/// `notes` are for people and may change.
fn document(loaded: &Loaded<KeyMaterial>) -> Value {
    let public = loaded.key.public_key();
    let texts = |items: Vec<String>| Value::from(items);
    json!({
        "private": matches!(loaded.key, KeyMaterial::Private(_)),
        "encoding": loaded.form.encoding.to_string(),
        "container": loaded.form.container.to_string(),
        "encryption": loaded.form.encryption.as_ref().map(ToString::to_string),
        "bits": public.modulus_bits(),
        "fingerprint": loaded.key.fingerprint().to_string(),
        "public_key_pem": public.to_spki_pem(),
        "repairs": texts(loaded.repairs.iter().map(ToString::to_string).collect()),
        "notes": texts(loaded.notes.iter().map(ToString::to_string).collect()),
    })
}

/// Holds the private key as text, in any form that is accepted.
const KEY_VARIABLE: &str = "FLOWGATE_PRIVATE_KEY";
/// Names the file that holds it.
const KEY_FILE_VARIABLE: &str = "FLOWGATE_PRIVATE_KEY_FILE";
