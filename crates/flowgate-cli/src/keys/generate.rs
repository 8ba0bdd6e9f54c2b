//! `flowgate keys generate`: makes a key pair and writes its two files.

use std::path::{Path, PathBuf};

use clap::Args;
use flowgate_keys::{KeyError, Overwrite, PrivateKey};
use flowgate_platform::KeyProtection;
use serde_json::json;

use super::key_protection::KeyProtectionArgs;
use super::passphrase_source::{FILE_VARIABLE, PassphraseSource, VARIABLE};
use crate::failure::Failure;
use crate::output::Format;

/// Arguments of `flowgate keys generate`.
#[derive(Args)]
pub(crate) struct Generate {
    /// Folder for private.pem and public.pem; made if it is not there.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,

    /// File for the private key, instead of private.pem in the folder.
    #[arg(long, value_name = "PATH")]
    private_key: Option<PathBuf>,

    /// File for the public key, instead of public.pem in the folder.
    #[arg(long, value_name = "PATH")]
    public_key: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseSource,

    #[command(flatten)]
    protection: KeyProtectionArgs,

    /// Overwrite files that exist. The old private key is lost.
    #[arg(long)]
    force: bool,

    /// How the result is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

impl Generate {
    /// Makes and writes the pair, then tells where it is and what comes next.
    pub(super) fn run(&self) -> Result<String, Failure> {
        let protection = self.protection.with(|| self.passphrase.read())?;
        let is_encrypted = matches!(protection, KeyProtection::Passphrase(_));
        let private_path = self.path(&self.private_key, "private.pem");
        let public_path = self.path(&self.public_key, "public.pem");
        let overwrite = if self.force {
            Overwrite::Replace
        } else {
            Overwrite::Never
        };
        // Both are looked at first: half a pair would be worse than none.
        for path in [&private_path, &public_path] {
            if !self.force && path.exists() {
                return Err(KeyError::AlreadyExists { path: path.clone() }.into());
            }
            make_folder_of(path)?;
        }

        let key = PrivateKey::generate()?;
        match &protection {
            KeyProtection::Passphrase(passphrase) => {
                key.write_encrypted_file(&private_path, passphrase, overwrite)?;
            }
            KeyProtection::Unencrypted => key.write_unencrypted_file(&private_path, overwrite)?,
        }
        key.public_key().write_file(&public_path, overwrite)?;

        Ok(match self.format {
            Format::Text => text(&key, &private_path, &public_path, is_encrypted),
            Format::Json => {
                let document = json!({
                    "private_key": private_path.to_string_lossy(),
                    "public_key": public_path.to_string_lossy(),
                    "encrypted": is_encrypted,
                    "bits": key.public_key().modulus_bits(),
                    "fingerprint": key.fingerprint().to_string(),
                    "public_key_pem": key.public_key().to_spki_pem(),
                });
                format!("{document:#}\n")
            }
        })
    }

    fn path(&self, named: &Option<PathBuf>, default: &str) -> PathBuf {
        named.clone().unwrap_or_else(|| self.out.join(default))
    }
}

fn make_folder_of(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|source| {
        KeyError::Io {
            action: "make folder",
            path: folder.to_owned(),
            source,
        }
        .into()
    })
}

fn text(key: &PrivateKey, private_path: &Path, public_path: &Path, encrypted: bool) -> String {
    let protection = if encrypted {
        "encrypted, readable by you alone"
    } else {
        "NOT ENCRYPTED, readable by you alone"
    };
    let mut lines = vec![
        "made an RSA key pair of 2048 bits".to_owned(),
        String::new(),
        format!("private key  {} ({protection})", private_path.display()),
        format!("public key   {}", public_path.display()),
        format!("fingerprint  {}", key.fingerprint()),
        String::new(),
        format!(
            "Start the endpoint with FLOWGATE_PRIVATE_KEY_FILE={}",
            private_path.display()
        ),
    ];
    if encrypted {
        lines.push(format!(
            "and the passphrase in {VARIABLE} or in the file that {FILE_VARIABLE} names;"
        ));
        lines.push(
            "keep it apart from the key. Publish the public key to WhatsApp after that,".to_owned(),
        );
    } else {
        lines.push("and publish the public key to WhatsApp after that,".to_owned());
    }
    lines.push("so that no request arrives which the endpoint cannot read.".to_owned());
    lines.join("\n") + "\n"
}
