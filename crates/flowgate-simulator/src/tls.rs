//! A certificate authority that lives as long as the stand-in, and a server
//! certificate of its own making: what an On-Premises installation with a
//! self-signed certificate looks like to a client.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::SimulatorError;

/// A TLS configuration and the authority that a client has to trust for it.
pub(crate) struct Tls {
    pub(crate) server: ServerConfig,
    pub(crate) authority_pem: String,
}

impl Tls {
    /// Makes authority and certificate for `localhost` and an address.
    pub(crate) fn generate(address: IpAddr) -> Result<Self, SimulatorError> {
        let authority = CertifiedIssuer::self_signed(authority(), KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = server(address)?.signed_by(&key, &authority)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(wrong)?;
        Ok(Self {
            server,
            authority_pem: authority.pem(),
        })
    }
}

fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("flowgate simulator authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server(address: IpAddr) -> Result<CertificateParams, rcgen::Error> {
    let mut names = vec!["localhost".to_owned(), address.to_string()];
    if !address.is_loopback() {
        names.push("127.0.0.1".to_owned());
    }
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = name("flowgate simulator");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn wrong(error: rustls::Error) -> SimulatorError {
    SimulatorError::Certificate {
        reason: error.to_string(),
    }
}

impl From<rcgen::Error> for SimulatorError {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate {
            reason: error.to_string(),
        }
    }
}
