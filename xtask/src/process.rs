//! Other programs: run one and say what failed, or keep one beside us and be sure that it ends.
//!
//! Invariant: nothing started here outlives xtask. A [`Service`] is the leader of its own process
//! group, and the whole group ends when the value is dropped, also after Ctrl-C or SIGTERM: a signal
//! only raises a flag ([`interrupted`]), every wait here looks at it, and the error that follows
//! unwinds the callers in the ordinary way.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a wait looks whether the program ended or a signal came.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// How long a program may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_secs(15);

fn flag() -> &'static Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    FLAG.get_or_init(Arc::default)
}

/// From here on Ctrl-C, SIGTERM and SIGHUP raise a flag instead of ending xtask on the spot.
pub(crate) fn watch_signals() -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag()))
            .context("cannot watch for Ctrl-C")?;
    }
    Ok(())
}

/// Whether somebody asked us to stop.
pub(crate) fn interrupted() -> bool {
    flag().load(Ordering::Relaxed)
}

/// Fails once somebody asked us to stop.
pub(crate) fn check_interrupted() -> Result<()> {
    if interrupted() {
        bail!("stopped, because a signal asked for it (Ctrl-C?)");
    }
    Ok(())
}

/// The workspace's root: cargo says where xtask's manifest is, and the root is the folder above.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        manifest
            .parent()
            .map_or_else(|| manifest.clone(), Path::to_path_buf)
    })
}

/// Cargo's target folder: the one that this very program was built in (`<target>/debug/xtask`), so
/// every way of configuring it is respected.
pub(crate) fn target_dir() -> &'static Path {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    TARGET.get_or_init(|| {
        std::env::current_exe()
            .ok()
            .and_then(|exe| Some(exe.parent()?.parent()?.to_path_buf()))
            .unwrap_or_else(|| root().join("target"))
    })
}

/// Where things that are dear to make and belong to no clone are kept.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("AMEND_CACHE") {
        return Ok(dir.into());
    }
    let home = std::env::var_os("HOME")
        .context("neither AMEND_CACHE nor HOME is set; set AMEND_CACHE to a folder to cache in")?;
    Ok(Path::new(&home).join(".cache/amend"))
}

/// A command in the workspace's root, without the variables that `cargo run` adds for xtask alone.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ];
        if ours.iter().any(|prefix| text.starts_with(prefix)) || text == "LD_LIBRARY_PATH" {
            command.env_remove(&name);
        }
    }
    command
}

/// The same for cargo, building into the target folder that we were built in.
pub(crate) fn cargo() -> Command {
    let mut command = command("cargo");
    command.env("CARGO_TARGET_DIR", target_dir());
    command
}

/// Runs a program to its end, its output going to ours; an unsuccessful end is an error.
pub(crate) fn run(command: &mut Command, what: &str) -> Result<()> {
    let mut child = spawn(command, what)?;
    let status = wait(&mut child, what, false)?;
    succeed(status, what)
}

/// Like [`run`], but the program leads its own process group, and after a signal the whole group is
/// ended: for programs that start others, such as a test run.
pub(crate) fn run_group(command: &mut Command, what: &str) -> Result<()> {
    let mut child = spawn(command.stdin(Stdio::null()).process_group(0), what)?;
    let status = wait(&mut child, what, true)?;
    succeed(status, what)
}

/// Runs a program to its end and returns what it printed; `input` becomes its standard input.
pub(crate) fn output(command: &mut Command, input: &str, what: &str) -> Result<String> {
    let mut child = spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()), what)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that needs no input may be gone already; its status tells what matters.
        stdin.write_all(input.as_bytes()).ok();
    }
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout
            .read_to_string(&mut text)
            .with_context(|| format!("cannot read what `{what}` printed"))?;
    }
    let status = wait(&mut child, what, false)?;
    succeed(status, what)?;
    Ok(text)
}

/// Whether a program runs and ends well; its output is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The first file of this name in the folders of PATH.
pub(crate) fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn spawn(command: &mut Command, what: &str) -> Result<Child> {
    check_interrupted()?;
    command.spawn().with_context(|| {
        let program = command.get_program().to_string_lossy().into_owned();
        format!("cannot start `{program}` ({what}); is it installed?")
    })
}

fn succeed(status: ExitStatus, what: &str) -> Result<()> {
    check_interrupted()?;
    if !status.success() {
        bail!("{what} failed ({status}); its output is above");
    }
    Ok(())
}

fn wait(child: &mut Child, what: &str, group: bool) -> Result<ExitStatus> {
    let mut told = false;
    loop {
        if let Some(status) = child
            .try_wait()
            .with_context(|| format!("cannot wait for {what}"))?
        {
            return Ok(status);
        }
        if interrupted() && !told {
            end(child, group);
            told = true;
        }
        sleep(LOOK_EVERY);
    }
}

/// SIGTERM, time to obey, SIGKILL.
fn end(child: &mut Child, group: bool) {
    signal("TERM", child.id(), group);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            break;
        }
        sleep(LOOK_EVERY);
    }
    // The leader may be gone and others of its group not.
    if group || matches!(child.try_wait(), Ok(None)) {
        signal("KILL", child.id(), group);
    }
    child.wait().ok();
}

/// The shell's own `kill`, because it needs neither unsafe code nor the procps package. With `-s`,
/// because dash takes no `--` after `-TERM`.
fn signal(name: &str, id: u32, group: bool) {
    let sign = if group { "-" } else { "" };
    succeeds(Command::new("sh").args(["-c", &format!("kill -s {name} -- {sign}{id}")]));
}

/// A program beside us.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    name: String,
}

impl Service {
    /// Starts it as the leader of a new process group.
    pub(crate) fn start(command: &mut Command, name: &str) -> Result<Self> {
        let child = spawn(command.stdin(Stdio::null()).process_group(0), name)?;
        Ok(Self {
            child,
            name: name.to_owned(),
        })
    }

    /// Its standard output, if it was started with a pipe there and nobody took it before.
    pub(crate) fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// How it ended, or None while it runs.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child
            .try_wait()
            .with_context(|| format!("cannot look after {}", self.name))
    }

    /// Ends it now, without a chance to tidy up: what a crash looks like.
    pub(crate) fn kill(mut self) {
        signal("KILL", self.child.id(), true);
        self.child.wait().ok();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            end(&mut self.child, true);
        }
    }
}

/// Calls `done` until it says yes; fails after `limit`, or at once when a signal came.
pub(crate) fn until(
    what: &str,
    limit: Duration,
    mut done: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let deadline = Instant::now() + limit;
    while !done()? {
        check_interrupted()?;
        if Instant::now() > deadline {
            bail!("{what} did not happen within {} s", limit.as_secs());
        }
        sleep(LOOK_EVERY);
    }
    Ok(())
}

/// A folder under /tmp that goes away with the value. Its path is short, because Postgres's socket
/// path may have 107 bytes, and everyone may enter it, because as root the relay runs Postgres as
/// another user.
#[derive(Debug)]
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    /// Makes `/tmp/amend-<purpose>-<process id>`, empty.
    pub(crate) fn new(purpose: &str) -> Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let path = PathBuf::from(format!("/tmp/amend-{purpose}-{}", std::process::id()));
        std::fs::DirBuilder::new()
            .mode(0o755)
            .create(&path)
            .with_context(|| format!("cannot create {}; is /tmp writable?", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_dropped_service_takes_its_whole_group_along() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "sleep 600 & echo $!; wait"])
            .stdout(Stdio::piped());
        let mut service = Service::start(&mut command, "a shell").expect("started");
        let mut line = [0; 16];
        let length = service
            .stdout()
            .expect("piped")
            .read(&mut line)
            .expect("read");
        let sleeper = String::from_utf8_lossy(&line[..length]).trim().to_owned();
        let proc = PathBuf::from(format!("/proc/{sleeper}/stat"));
        assert!(proc.exists());
        let start = Instant::now();
        drop(service);
        let gone =
            || std::fs::read_to_string(&proc).map_or(Ok(true), |stat| Ok(stat.contains(") Z")));
        until("the end of the sleeper", Duration::from_secs(2), gone).expect("gone");
        assert!(start.elapsed() < GRACE, "SIGTERM was enough");
    }

    #[test]
    fn what_fails_is_named() {
        let error = run(&mut Command::new("false"), "the thing").expect_err("false fails");
        assert!(error.to_string().starts_with("the thing failed"), "{error}");
        let error = run(&mut Command::new("amend-no-such"), "it").expect_err("not there");
        assert!(error.to_string().contains("is it installed?"), "{error}");
        let text = output(&mut Command::new("cat"), "in", "cat").expect("cat runs");
        assert_eq!(text, "in");
    }
}
