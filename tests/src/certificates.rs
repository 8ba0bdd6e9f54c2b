//! Certificates for servers on loopback: a right one of an authority made for
//! the test, and wrong ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// An authority of a test.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What a server shows, and the key for it. A test key.
#[derive(Debug)]
pub struct Served {
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateFault {
    /// Nothing: it is for 127.0.0.1, now.
    None,
    /// It names another host.
    OtherHost,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// Nobody signed it but itself.
    SelfSigned,
}

impl Authority {
    /// Makes an authority.
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        // A name of its own: a server of the same name would seem to be signed
        // by it.
        params
            .distinguished_name
            .push(DnType::CommonName, "flowgate test authority");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Writes the certificate that clients have to trust.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("authority.pem");
        fs::write(&path, self.0.pem()).unwrap();
        path
    }

    /// Makes a certificate for a server.
    pub fn issue(&self, fault: CertificateFault) -> Served {
        let name = match fault {
            CertificateFault::OtherHost => "other.example",
            _ => "127.0.0.1",
        };
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        match fault {
            CertificateFault::Expired => {
                params.not_before = date_time_ymd(2001, 1, 1);
                params.not_after = date_time_ymd(2002, 1, 1);
            }
            CertificateFault::NotYetValid => params.not_before = date_time_ymd(4000, 1, 1),
            _ => {}
        }
        let key = KeyPair::generate().unwrap();
        let certificate = match fault {
            CertificateFault::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.0),
        };
        Served {
            certificate: certificate.unwrap().der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Served {
    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = PrivateKeyDer::from(self.key.clone_key());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key);
        Arc::new(config.unwrap())
    }
}
