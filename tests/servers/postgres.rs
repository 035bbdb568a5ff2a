//! A `PostgreSQL` server of a test's own: in a folder that goes with it, reached by a socket there, heard of by nobody else.
//!
//! A cluster is made once and copied for each server: that takes a tenth of the time. The server runs as somebody who may
//! do nothing when we are root, because it refuses to be.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Who may do nothing, on every Unix.
const NOBODY: u32 = 65_534;
/// The role a cluster is made with.
const ROLE: &str = "ringly";
/// What a server says once it can be asked.
const READY: &str = "ready to accept connections";
/// A server that is thrown away need not survive a power cut, and is small.
const SETTINGS: &[&str] =
    &["fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "shared_buffers=16MB"];

/// A running server; dropped, it and its data are gone.
pub(crate) struct Server {
    process: Child,
    folder: TempDir,
}

impl Server {
    /// Starts one with an empty database.
    pub(crate) fn start() -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().expect("a folder");
        give(folder.path());
        let data = folder.path().join("data");
        run(Command::new("cp").arg("-a").arg(cluster(&programs)).arg(&data));
        let mut server = Command::new(programs.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(folder.path());
        for setting in SETTINGS {
            server.arg("-c").arg(setting);
        }
        let mut process = humbly(&mut server).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a server");
        let mut log = BufReader::new(process.stderr.take().expect("its log"));
        let mut said = String::new();
        while !said.contains(READY) {
            assert!(log.read_line(&mut said).expect("a log") > 0, "the server did not start:\n{said}");
        }
        // A log that nobody reads would stop it one day. The reader ends with the server.
        let reading = std::thread::Builder::new().name("server log".to_owned());
        reading.spawn(move || log.read_to_end(&mut Vec::new())).expect("a thread");
        Self { process, folder }
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{ROLE}@localhost/postgres?host={}", self.folder.path().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killed outright it would leave its shared memory behind, and a machine has room for 4,096 of those.
        if kill_process(Pid::from_child(&self.process), Signal::QUIT).is_ok() {
            drop(self.process.wait());
        }
    }
}

#[test]
fn a_server_leaves_no_shared_memory_behind() {
    let server = Server::start();
    let written = fs::read_to_string(server.folder.path().join("data/postmaster.pid")).expect("what it wrote");
    let key = written.lines().nth(6).and_then(|line| line.split_whitespace().next()).expect("a key").to_owned();
    let is_held = || {
        let held = fs::read_to_string("/proc/sysvipc/shm").expect("what the machine holds");
        held.lines().any(|line| line.split_whitespace().next() == Some(&key))
    };
    assert!(is_held(), "{written}");
    drop(server);
    assert!(!is_held());
}

/// The folder of `PostgreSQL`'s programs, of the newest version there is.
fn programs() -> PathBuf {
    let versions =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let elsewhere = ["/usr/local/bin", "/usr/local/pgsql/bin", "/usr/bin"].map(PathBuf::from);
    let mut found: Vec<_> = versions.chain(elsewhere).filter(|folder| folder.join("initdb").exists()).collect();
    found.sort();
    found.pop().expect("PostgreSQL: `apt-get install postgresql`, or `.ci/tools test` as root")
}

/// An empty cluster, made by whichever test comes first.
fn cluster(programs: &Path) -> PathBuf {
    let version = Command::new(programs.join("initdb")).arg("--version").output().expect("its version").stdout;
    let version = String::from_utf8_lossy(&version);
    let version = version.split_whitespace().nth(2).expect("a number");
    let made = std::env::temp_dir().join(format!("ringlypro-cluster-{version}-{}", whose()));
    if !made.exists() {
        let making = tempfile::tempdir().expect("a folder");
        give(making.path());
        let data = making.path().join("data");
        let initdb = programs.join("initdb");
        run(Command::new(initdb).arg("-D").arg(&data).args([
            "-U",
            ROLE,
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ]));
        // Another test may have been quicker: then its cluster is as good.
        drop(fs::rename(&data, &made));
    }
    assert!(made.exists(), "no cluster at {}", made.display());
    made
}

fn run(command: &mut Command) {
    let done = humbly(command).output().expect("a program");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// As somebody who may do nothing, when we may do everything.
fn humbly(command: &mut Command) -> &mut Command {
    let command = command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped()).env("LC_ALL", "C");
    if whose() == NOBODY { command.uid(NOBODY).gid(NOBODY) } else { command }
}

/// Whose a server's files are.
fn whose() -> u32 {
    let ours = fs::metadata("/proc/self").expect("a process").uid();
    if ours == 0 { NOBODY } else { ours }
}

fn give(folder: &Path) {
    if whose() == NOBODY {
        chown(folder, Some(NOBODY), Some(NOBODY)).expect("given away");
    }
}
