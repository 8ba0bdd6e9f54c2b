//! `flowgate keys inspect`: tells what a key file is and what is wrong with it.

use std::path::PathBuf;

use clap::Args;
use flowgate_keys::{KeyError, KeyMaterial, Loaded};
use serde_json::{Value, json};

use super::passphrase_source::PassphraseSource;
use crate::failure::Failure;
use crate::output::Format;

/// Arguments of `flowgate keys inspect`.
#[derive(Args)]
pub(crate) struct Inspect {
    /// A private key, public key or certificate, PEM or DER; `-` reads
    /// standard input.
    file: PathBuf,

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
        let is_stdin = self.file.as_os_str() == "-";
        let loaded = if is_stdin {
            KeyMaterial::load_reader(std::io::stdin().lock(), passphrase.as_ref())
        } else {
            KeyMaterial::read_file(&self.file, passphrase.as_ref())
        };
        let name = if is_stdin {
            "standard input".to_owned()
        } else {
            format!("`{}`", self.file.display())
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
