//! What is printed when the stand-in runs: where, with what, and what next.

use std::fmt::Write as _;
use std::path::Path;

use flowgate_simulator::{AccessToken, Home, Simulator};
use serde_json::json;

/// Everything that a client needs.
pub(super) struct Ready<'a> {
    pub(super) simulator: &'a Simulator,
    pub(super) token: &'a AccessToken,
    pub(super) ca_file: Option<&'a Path>,
    /// None if a state file keeps it.
    pub(super) password: Option<&'a str>,
}

impl Ready<'_> {
    pub(super) fn to_json(&self) -> String {
        let simulator = self.simulator;
        let document = json!({
            "cloud_url": simulator.cloud_url(),
            "on_premises_url": simulator.on_premises_url(),
            "control_url": simulator.control_url(),
            "ca_file": self.ca_file.map(|path| path.to_string_lossy()),
            "access_token": self.token.expose_secret(),
            "on_premises_user": "admin",
            "on_premises_password": self.password,
            "phone_numbers": simulator.platform().phone_numbers(),
        });
        format!("{document:#}\n")
    }

    pub(super) fn to_text(&self) -> String {
        let simulator = self.simulator;
        let (cloud, control) = (simulator.cloud_url(), simulator.control_url());
        let on_premises = simulator.on_premises_url();
        let token = self.token.expose_secret();
        let numbers = simulator.platform().phone_numbers();
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = writeln!(text, "Cloud API        {cloud}");
        let _ = writeln!(text, "  access token   {token}");
        let _ = writeln!(text, "On-Premises API  {on_premises}");
        let _ = writeln!(
            text,
            "  login          admin / {}",
            self.password.unwrap_or("(as before)")
        );
        if let Some(file) = self.ca_file {
            let _ = writeln!(text, "  authority      {}", file.display());
        }
        let _ = writeln!(text, "control          {control}\n");
        let _ = writeln!(text, "phone number id  account          API          key");
        for number in &numbers {
            let home = match number.home {
                Home::Cloud => "Cloud",
                Home::OnPremises => "On-Premises",
            };
            let key = match &number.key {
                Some(key) => key.business_public_key_signature_status.as_str(),
                None => "none",
            };
            let _ = writeln!(
                text,
                "{:<16} {:<16} {home:<12} {key}",
                number.id, number.account
            );
        }
        let Some(first) = numbers.iter().find(|number| number.home == Home::Cloud) else {
            return text;
        };
        let _ = write!(
            text,
            "\nIn another terminal: make a key, publish it, lose its signature, and mend it:\n\n  \
             export FLOWGATE_GRAPH_URL={cloud} FLOWGATE_ACCESS_TOKEN={token}\n  \
             export FLOWGATE_WABA_ID={account}\n  \
             flowgate keys generate --no-passphrase\n  \
             flowgate keys publish --all-numbers --public-key-file public.pem\n  \
             curl -X POST {control}/numbers/{id}/re-register\n  \
             flowgate keys status --all-numbers --public-key-file public.pem\n  \
             flowgate keys publish --all-numbers --public-key-file public.pem\n\n\
             Requests appear below. Ctrl-C ends it.\n",
            id = first.id,
            account = first.account,
        );
        text
    }
}
