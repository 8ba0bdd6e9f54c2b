//! A PostgreSQL server for the tests alone: a cluster in a folder of its own
//! that listens on a socket in that folder, not on the network.
//!
//! A shell stands between the test and the server. It reads from a pipe that the
//! test holds open, so that it stops the server and removes the folder however
//! the test ends, even if it is killed.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::program::{HINT, run};
use crate::wait_until;

/// Longest time that a program of PostgreSQL gets.
const LIMIT: Duration = Duration::from_secs(120);

/// Where Debian keeps a folder for each version; they are not in `PATH`.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";

/// User and group `nobody`: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;

/// The superuser of the cluster.
const USER: &str = "postgres";

/// Serves until the pipe at its standard input is closed: `$1` is the folder of
/// the programs, `$2` the folder of the cluster. Nothing survives a crash of the
/// machine, which makes tests quick.
const SERVE: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=200 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off >"$2/log" 2>&1 </dev/null &
read -r _
kill -INT $!
wait $!
rm -rf "$2"
"#;

/// A running server; stopped and removed when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    shell: Child,
    pipe: Option<ChildStdin>,
    programs: Programs,
    databases: AtomicU32,
}

/// The programs of PostgreSQL, the cluster they work on, and who runs them.
#[derive(Debug)]
struct Programs {
    folder: PathBuf,
    cluster: PathBuf,
    as_nobody: bool,
}

impl Postgres {
    /// Starts a server.
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not installed or does not start.
    #[track_caller]
    pub fn start() -> Self {
        let folder = find_programs();
        // The shell removes it.
        let cluster = tempfile::Builder::new()
            .prefix("flowgate-postgres-")
            .tempdir()
            .unwrap()
            .keep();
        let as_nobody = fs::metadata(&cluster).unwrap().uid() == 0;
        if as_nobody {
            chown(&cluster, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let programs = Programs {
            folder,
            cluster,
            as_nobody,
        };
        programs.run("initdb", |initdb| {
            initdb
                .arg(programs.cluster.join("data"))
                .args(["--username", USER, "--auth", "trust"])
                .args(["--encoding", "UTF8", "--no-locale", "--no-sync"])
        });
        let mut shell = programs.command(Path::new("/bin/sh"));
        shell
            .args(["-c", SERVE, "sh"])
            .arg(&programs.folder)
            .arg(&programs.cluster)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut shell = shell.spawn().unwrap();
        // The last line of this file says `ready` once clients are welcome.
        let state = programs.cluster.join("data/postmaster.pid");
        wait_until(|| fs::read_to_string(&state).is_ok_and(|lines| lines.contains("ready")));
        Self {
            pipe: shell.stdin.take(),
            shell,
            programs,
            databases: AtomicU32::new(0),
        }
    }

    /// Returns the server that the tests of one process share.
    pub fn shared() -> &'static Self {
        static SERVER: LazyLock<Postgres> = LazyLock::new(Postgres::start);
        &SERVER
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    pub fn new_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        let socket = self.programs.cluster.display();
        self.programs.run("createdb", |createdb| {
            createdb
                .args(["--username", USER, "--host"])
                .arg(&self.programs.cluster)
                .arg(&name)
        });
        format!("postgres://{USER}@localhost/{name}?host={socket}")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.shell.wait();
    }
}

impl Programs {
    /// Runs one to its end, which must be a good one.
    #[track_caller]
    fn run(&self, name: &str, arguments: impl FnOnce(&mut Command) -> &mut Command) {
        let mut command = self.command(&self.folder.join(name));
        let ended = run(arguments(&mut command), LIMIT);
        assert!(ended.status.success(), "{name}: {}", ended.stderr);
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Variables like PGPORT would change what the programs do.
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir(&self.cluster);
        if self.as_nobody {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

/// Finds the folder of `postgres` and its companions: the newest that Debian
/// has installed, or one of `PATH`.
#[track_caller]
fn find_programs() -> PathBuf {
    let versions = fs::read_dir(DEBIAN_FOLDER).into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|version| version.path()).collect();
    versions.sort_by_key(|version| {
        let name = version.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse::<u32>().ok())
    });
    let versions = versions.into_iter().rev().map(|folder| folder.join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    versions
        .chain(env::split_paths(&path))
        .find(|folder| {
            ["postgres", "initdb"]
                .iter()
                .all(|name| folder.join(name).is_file())
        })
        .unwrap_or_else(|| panic!("PostgreSQL is not installed; {HINT}"))
}
