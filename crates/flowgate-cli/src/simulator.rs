//! `flowgate simulator`: WhatsApp's platform on this machine.

mod load;
mod ready;

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use flowgate_simulator::keys::{KeyError, PhoneNumberId};
use flowgate_simulator::{
    CallLimit, Disturbance, Fault, NumberSetup, Platform, RequestRecord, Simulator, SimulatorError,
    TokenGrant,
};
use tokio::time::{MissedTickBehavior, interval};

use self::load::LoadArgs;
use crate::exit_code;
use crate::failure::Failure;
use crate::output::{Format, write_result};

/// How often new requests are written to standard error.
const WATCH: Duration = Duration::from_millis(200);

/// Play WhatsApp's platform: the APIs that take the business public key.
///
/// Starts the Cloud API, the On-Premises API and a control API on this machine,
/// prints where they are and what to type next, and runs until Ctrl-C. Nothing
/// leaves the machine and no account is needed.
#[derive(Args)]
pub(crate) struct SimulatorCommand {
    /// Address of both APIs; the control API always stays on 127.0.0.1
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    address: IpAddr,
    /// Port of the Cloud API; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8701)]
    cloud_port: u16,
    /// Port of the On-Premises API; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8702)]
    on_premises_port: u16,
    /// Port of the control API; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8703)]
    control_port: u16,
    /// Serve the On-Premises API over TLS, its authority in --ca-file
    #[arg(long)]
    tls: bool,
    /// Where to write the certificate of the authority that clients have to trust
    #[arg(
        long,
        value_name = "PATH",
        default_value = "simulator-ca.pem",
        requires = "tls"
    )]
    ca_file: PathBuf,
    /// File that keeps numbers, keys and tokens over a restart
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    holds: Holds,
    #[command(flatten)]
    faults: Faults,
    #[command(flatten)]
    load: LoadArgs,
    /// How the addresses are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What the platform holds; a state file that exists decides instead.
#[derive(Args)]
#[command(next_help_heading = "Numbers and credentials")]
struct Holds {
    /// Phone numbers on the Cloud API, besides one On-Premises
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    numbers: u16,
    /// Id of a phone number on the Cloud API, instead of --numbers; repeatable
    #[arg(long, value_name = "ID", value_parser = phone_number_id, conflicts_with = "numbers")]
    number: Vec<PhoneNumberId>,
    /// Password of the On-Premises user `admin`
    #[arg(long, value_name = "PASSWORD", default_value = "Simulator-1")]
    password: String,
    /// Leave the On-Premises password at `secret`: the first login has to change it
    #[arg(long, conflicts_with = "password")]
    fresh_installation: bool,
    /// Seconds that the printed access token lasts
    #[arg(long, value_name = "SECONDS")]
    token_lifetime: Option<u64>,
    /// Seconds that an On-Premises token lasts; 7 days unless given
    #[arg(long, value_name = "SECONDS")]
    login_lifetime: Option<u64>,
}

/// What goes wrong from the start; the control API changes it later.
#[derive(Args)]
#[command(next_help_heading = "Faults")]
struct Faults {
    /// Let every call take so much longer
    #[arg(long, value_name = "MILLISECONDS")]
    slow: Option<u64>,
    /// Let the first calls fail, for example `500:131000:2` for two of them
    #[arg(long, value_name = "STATUS:CODE[:TIMES]", value_parser = failure)]
    fail: Vec<Fault>,
    /// Answer 429 beyond so many calls in so many seconds, for example `10/60`
    #[arg(long, value_name = "CALLS/SECONDS", value_parser = limit)]
    limit: Option<CallLimit>,
    /// A fault as the control API takes it; repeatable
    #[arg(long, value_name = "JSON", value_parser = fault)]
    fault: Vec<Fault>,
}

impl SimulatorCommand {
    /// Runs until Ctrl-C.
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        // What the file keeps may have another password than the flags.
        let kept = self.state.as_deref().filter(|file| file.exists());
        let simulator = self.start()?;
        let token = self.token(simulator.platform())?;
        let load = self.load.prepare(simulator.platform())?;
        let ready = ready::Ready {
            simulator: &simulator,
            token: &token,
            ca_file: self.tls.then_some(self.ca_file.as_path()),
            password: match kept {
                Some(_) => None,
                None if self.holds.fresh_installation => Some("secret"),
                None => Some(&self.holds.password),
            },
        };
        write_result(&match self.format {
            Format::Text => ready.to_text(),
            Format::Json => ready.to_json(),
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::Output)?;
        runtime.block_on(async {
            let load = load.map(|load| load.start(simulator.platform().clone()));
            watch(simulator.platform()).await.map_err(Failure::Output)?;
            if let Some(load) = load {
                eprintln!("{}", load.end().await);
            }
            Ok::<(), Failure>(())
        })?;
        drop(simulator);
        eprintln!("ended");
        Ok(ExitCode::from(exit_code::SUCCESS))
    }

    fn start(&self) -> Result<Simulator, Failure> {
        let holds = &self.holds;
        let mut setup = Platform::builder();
        for number in self.numbers() {
            setup = setup.number(number);
        }
        if !holds.fresh_installation {
            setup = setup.on_premises_password(&holds.password);
        }
        if let Some(seconds) = holds.login_lifetime {
            setup = setup.login_lifetime(Duration::from_secs(seconds));
        }
        if let Some(file) = &self.state {
            setup = setup.state_file(file);
        }
        let platform = setup.build()?;
        let faults = &self.faults;
        for fault in faults.fail.iter().chain(&faults.fault) {
            platform.inject(fault.clone());
        }
        if let Some(milliseconds) = faults.slow {
            platform.inject(Fault::new(Disturbance::Slow { milliseconds }));
        }
        platform.set_limits(faults.limit.clone());

        let mut servers = Simulator::builder(platform)
            .address(self.address)
            .cloud_port(self.cloud_port)
            .on_premises_port(self.on_premises_port)
            .control_port(self.control_port);
        if self.tls {
            servers = servers.on_premises_tls();
        }
        let simulator = servers.start()?;
        if let Some(pem) = simulator.authority_pem() {
            std::fs::write(&self.ca_file, pem).map_err(|source| KeyError::Io {
                action: "write",
                path: self.ca_file.clone(),
                source,
            })?;
        }
        Ok(simulator)
    }

    fn numbers(&self) -> Vec<NumberSetup> {
        let holds = &self.holds;
        if holds.number.is_empty() {
            return NumberSetup::several(u32::from(holds.numbers));
        }
        holds.number.iter().cloned().map(NumberSetup::new).collect()
    }

    fn token(&self, platform: &Platform) -> Result<flowgate_simulator::AccessToken, Failure> {
        Ok(match self.holds.token_lifetime {
            Some(seconds) => {
                platform.issue_token(TokenGrant::new().expires_in(Duration::from_secs(seconds)))?
            }
            None => platform.ready_token()?,
        })
    }
}

/// Writes new requests to standard error until Ctrl-C or SIGTERM.
async fn watch(platform: &Platform) -> std::io::Result<()> {
    let mut end = std::pin::pin!(ended());
    let mut tick = interval(WATCH);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = 0;
    loop {
        let over = tokio::select! {
            ended = &mut end => { ended?; true }
            _ = tick.tick() => false,
        };
        for record in platform.requests() {
            if record.sequence > seen {
                seen = record.sequence;
                eprintln!("{}", line(&record));
            }
        }
        if over {
            return Ok(());
        }
    }
}

#[cfg(unix)]
async fn ended() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn ended() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn line(record: &RequestRecord) -> String {
    let status = match record.status {
        Some(status) => status.to_string(),
        None => "---".to_owned(),
    };
    let mut line = format!("{status} {:4} {}", record.method, record.path);
    if let Some(code) = record.error_code {
        line += &format!("  code {code}");
    }
    if let Some(fault) = record.fault {
        line += &format!("  fault {fault}");
    }
    line
}

impl From<SimulatorError> for Failure {
    fn from(error: SimulatorError) -> Self {
        match error {
            SimulatorError::StateFile {
                action,
                path,
                source,
            } => KeyError::Io {
                action,
                path,
                source,
            }
            .into(),
            error @ SimulatorError::Listen { .. } => Self::Usage {
                problem: error.to_string(),
                help: "end what listens there, or choose other ports; 0 takes a free one"
                    .to_owned(),
            },
            error @ SimulatorError::StateFormat { .. } => Self::Usage {
                problem: error.to_string(),
                help: "name another file with `--state`, or remove this one to start afresh"
                    .to_owned(),
            },
            error @ (SimulatorError::Start(_)
            | SimulatorError::Certificate { .. }
            | SimulatorError::Randomness { .. }) => Self::System {
                problem: error.to_string(),
            },
            error => Self::Usage {
                problem: error.to_string(),
                help: "see `flowgate simulator --help`".to_owned(),
            },
        }
    }
}

fn phone_number_id(text: &str) -> Result<PhoneNumberId, String> {
    PhoneNumberId::new(text).map_err(|error| error.to_string())
}

fn failure(text: &str) -> Result<Fault, String> {
    let wrong = || "expected STATUS:CODE or STATUS:CODE:TIMES, for example 500:131000:2".to_owned();
    let mut parts = text.split(':');
    let status: u16 = parts
        .next()
        .and_then(|part| part.parse().ok())
        .ok_or_else(wrong)?;
    let code = parts
        .next()
        .and_then(|part| part.parse().ok())
        .ok_or_else(wrong)?;
    if !(400..600).contains(&status) {
        return Err(format!("status {status} is no error; expected 400 to 599"));
    }
    let fault = Fault::new(Disturbance::error(status, code));
    match (parts.next(), parts.next()) {
        (None, _) => Ok(fault),
        (Some(times), None) => Ok(fault.times(times.parse().map_err(|_| wrong())?)),
        _ => Err(wrong()),
    }
}

fn limit(text: &str) -> Result<CallLimit, String> {
    text.split_once('/')
        .and_then(|(calls, seconds)| {
            Some(CallLimit {
                api: None,
                method: None,
                calls: calls.parse().ok()?,
                seconds: seconds.parse().ok()?,
            })
        })
        .ok_or_else(|| "expected CALLS/SECONDS, for example 10/60".to_owned())
}

fn fault(text: &str) -> Result<Fault, String> {
    serde_json::from_str(text).map_err(|error| {
        format!("{error}; expected for example {{\"disturbance\": {{\"kind\": \"hang\"}}}}")
    })
}
