//! The private Postgres of a relay without a database URL: a cluster in the relay's data folder, run by the installed binaries,
//! reachable by a Unix socket only.
//!
//! Invariants: one relay owns the folder (a lock says which); a cluster that a killed relay left running is adopted; the server never
//! runs as root; its durability settings are Postgres's own.

use crate::RelayError;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What the kernel lets a Unix socket's path be, less the name that Postgres gives it.
const SOCKET_FOLDER_MAX: usize = 107 - "/.s.PGSQL.5432".len();

/// How often, twice a second, a server is asked whether it is ready.
const READY_TRIES: u32 = 120;

/// A cluster's folder and programs.
#[derive(Clone, Debug)]
pub struct Cluster {
    data: PathBuf,
    sockets: PathBuf,
    bin: PathBuf,
    /// Whom to run as, if we are root.
    user: Option<(u32, u32)>,
}

/// The right to start and stop the cluster; the operating system takes it back when the process ends.
#[derive(Debug)]
pub struct Owned(#[allow(dead_code)] File);

impl Cluster {
    /// Finds the programs and prepares the folders.
    ///
    /// # Errors
    /// No Postgres, unusable folders.
    pub fn locate(data: &Path) -> Result<Self, RelayError> {
        let bin = find_programs().ok_or(RelayError::NoPostgres)?;
        make_folder(data, 0o755)?;
        let data = data
            .canonicalize()
            .map_err(|error| RelayError::file(data, error))?;
        let user = match (is_root(), owner(&data)) {
            (false, _) => None,
            // The folder is a service's: what root does in it must stay that service's.
            (true, Some(owner)) => Some(owner),
            (true, None) => Some(unprivileged_user()?),
        };
        let sockets = socket_folder(&data);
        let fresh = !sockets.is_dir();
        make_folder(&sockets, 0o700)?;
        if let Some((uid, gid)) = user.filter(|_| fresh) {
            chown(&sockets, Some(uid), Some(gid))
                .map_err(|error| RelayError::file(&sockets, error))?;
        }
        Ok(Self {
            data,
            sockets,
            bin,
            user,
        })
    }

    /// Takes the folder for this process; `None` when another relay has it.
    ///
    /// # Errors
    /// An unusable folder.
    pub fn own(&self) -> Result<Option<Owned>, RelayError> {
        let path = self.data.join("relay.lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| RelayError::file(&path, error))?;
        if let Some((uid, gid)) = self.user {
            // Made by root's hand, it must open for the service too.
            chown(&path, Some(uid), Some(gid)).map_err(|error| RelayError::file(&path, error))?;
        }
        match file.try_lock() {
            Ok(()) => Ok(Some(Owned(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(RelayError::file(&path, error)),
        }
    }

    /// How to connect, in the form that both psql and we read.
    #[must_use]
    pub fn url(&self) -> String {
        format!("host={} user=amend dbname=amend", self.sockets.display())
    }

    /// Whether there is one already.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.data.join("pg/PG_VERSION").exists()
    }

    /// Starts the cluster, or adopts it if it runs; makes it first if there is none.
    ///
    /// # Errors
    /// What Postgres's programs say.
    pub fn start(&self) -> Result<(), RelayError> {
        let folder = self.data.join("pg");
        if !folder.join("PG_VERSION").exists() {
            self.initialise(&folder)?;
        }
        if !self.is_running()? {
            // Compiling at run time gains nothing for short queries, and a hardened service may not write code.
            let options = format!(
                "-k '{}' -c listen_addresses='' -c jit=off",
                self.sockets.display()
            );
            let log = folder.join("server.log");
            self.run(
                "pg_ctl",
                &[
                    "start",
                    "-w",
                    "-t",
                    "60",
                    "-D",
                    &text(&folder),
                    "-l",
                    &text(&log),
                    "-o",
                    &options,
                ],
                &format!("See {}", log.display()),
            )?;
        }
        self.wait_until_ready()?;
        self.make_database()
    }

    /// An adopted server may still be recovering from its own kill -9.
    fn wait_until_ready(&self) -> Result<(), RelayError> {
        let folder = text(&self.sockets);
        let args = ["-q", "-t", "1", "-h", &folder];
        for _ in 0..READY_TRIES {
            if self.output("pg_isready", &args)?.status.success() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        self.run("pg_isready", &args, "See server.log in the data folder")
    }

    /// Stops the cluster, if it runs; sessions of others are cut.
    ///
    /// # Errors
    /// What Postgres's programs say.
    pub fn stop(&self) -> Result<(), RelayError> {
        if !self.is_running()? {
            return Ok(());
        }
        let folder = text(&self.data.join("pg"));
        self.run(
            "pg_ctl",
            &["stop", "-w", "-t", "60", "-m", "fast", "-D", &folder],
            "Stop it by hand",
        )
    }

    /// Whether a server runs on the folder.
    ///
    /// # Errors
    /// When pg_ctl can't be run.
    pub fn is_running(&self) -> Result<bool, RelayError> {
        let folder = text(&self.data.join("pg"));
        Ok(self
            .output("pg_ctl", &["status", "-D", &folder])?
            .status
            .success())
    }

    fn initialise(&self, folder: &Path) -> Result<(), RelayError> {
        // Made under another name, so that a half-made cluster is never taken for a whole one.
        let fresh = self.data.join("pg.new");
        if fresh.exists() {
            std::fs::remove_dir_all(&fresh).map_err(|error| RelayError::file(&fresh, error))?;
        }
        make_folder(&fresh, 0o700)?;
        if let Some((uid, gid)) = self.user {
            chown(&fresh, Some(uid), Some(gid)).map_err(|error| RelayError::file(&fresh, error))?;
        }
        let path = text(&fresh);
        let args = [
            "-D",
            &path,
            "-U",
            "amend",
            "--auth-local=trust",
            "--auth-host=reject",
            "-E",
            "UTF8",
            "--locale=C",
        ];
        let advice =
            "If it may not enter a folder, choose one with --data that every user may pass through";
        self.run("initdb", &args, advice)?;
        std::fs::rename(&fresh, folder).map_err(|error| RelayError::file(folder, error))
    }

    fn make_database(&self) -> Result<(), RelayError> {
        let output = self.output(
            "createdb",
            &["-h", &text(&self.sockets), "-U", "amend", "amend"],
        )?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() || said.contains("already exists") {
            return Ok(());
        }
        Err(RelayError::ClusterCommand {
            program: "createdb".to_owned(),
            output: said.trim().to_owned(),
            advice: "See server.log in the data folder".to_owned(),
        })
    }

    fn run(&self, program: &str, args: &[&str], advice: &str) -> Result<(), RelayError> {
        let output = self.output(program, args)?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(RelayError::ClusterCommand {
            program: program.to_owned(),
            output: String::from_utf8_lossy(&said).trim().to_owned(),
            advice: advice.to_owned(),
        })
    }

    fn output(&self, program: &str, args: &[&str]) -> Result<Output, RelayError> {
        let path = self.bin.join(program);
        let mut command = Command::new(&path);
        // A service of its own: the terminal's Ctrl-C is for the relay, which then stops the cluster in order.
        command
            .args(args)
            .current_dir("/")
            .process_group(0)
            .stdin(std::process::Stdio::null());
        command
            .env_remove("PGDATA")
            .env_remove("PGHOST")
            .env_remove("PGPORT")
            // It is the relay that tells the service manager when it is ready.
            .env_remove("NOTIFY_SOCKET");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        // pg_ctl's server inherits a pipe and keeps it open for ever; a file ends with the program.
        let said = tempfile_in(&self.sockets, program)?;
        command.stdout(
            said.1
                .try_clone()
                .map_err(|error| RelayError::file(&said.0, error))?,
        );
        command.stderr(
            said.1
                .try_clone()
                .map_err(|error| RelayError::file(&said.0, error))?,
        );
        let status = command
            .status()
            .map_err(|error| RelayError::file(&path, error))?;
        let stderr = std::fs::read(&said.0).unwrap_or_default();
        let _ = std::fs::remove_file(&said.0);
        Ok(Output {
            status,
            stdout: Vec::new(),
            stderr,
        })
    }
}

fn tempfile_in(folder: &Path, program: &str) -> Result<(PathBuf, File), RelayError> {
    let path = folder.join(format!("{program}.{}.out", std::process::id()));
    let file = File::create(&path).map_err(|error| RelayError::file(&path, error))?;
    Ok((path, file))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn make_folder(path: &Path, mode: u32) -> Result<(), RelayError> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .and_then(|()| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)))
        .map_err(|error| RelayError::file(path, error))
}

/// In the data folder if the path is short enough for a socket, else in a folder of the same name in the system's temporary one.
fn socket_folder(data: &Path) -> PathBuf {
    let near = data.join("run");
    if near.as_os_str().len() <= SOCKET_FOLDER_MAX {
        return near;
    }
    let digest = <sha2::Sha256 as sha2::Digest>::digest(data.as_os_str().as_encoded_bytes());
    let name: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    PathBuf::from(format!("/tmp/amend-{name}"))
}

/// By pg_config, on PATH, and where Debian puts them (the newest there).
fn find_programs() -> Option<PathBuf> {
    let has = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("postgres").exists();
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default();
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    versions.sort();
    let debian = versions.into_iter().rev().map(|(_, folder)| folder);
    // A link on PATH leads to one program; the others stand beside its target.
    let real = |folder: PathBuf| {
        let target = folder.join("initdb").canonicalize().ok()?;
        target.parent().map(Path::to_owned)
    };
    told.into_iter()
        .chain(on_path)
        .filter_map(real)
        .chain(debian)
        .find(has)
}

/// Whether this process is root's.
#[must_use]
pub fn is_root() -> bool {
    // The owner of our own process, without a call that needs unsafe code.
    std::fs::metadata("/proc/self")
        .map(|data| std::os::unix::fs::MetadataExt::uid(&data) == 0)
        .unwrap_or(false)
}

/// The uid and gid of the one whose cluster is in the folder, or else whose folder it is; `None` for root's.
fn owner(data: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    [data.join("pg"), data.to_owned()]
        .iter()
        .filter_map(|path| std::fs::metadata(path).ok())
        .map(|data| (data.uid(), data.gid()))
        .find(|(uid, _)| *uid != 0)
}

/// The uid and gid of `postgres`, or else of `nobody`.
fn unprivileged_user() -> Result<(u32, u32), RelayError> {
    let path = Path::new("/etc/passwd");
    let users = std::fs::read_to_string(path).map_err(|error| RelayError::file(path, error))?;
    let find = |wanted: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == wanted).then_some(())?;
            Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
        })
    };
    find("postgres")
        .or_else(|| find("nobody"))
        .ok_or_else(|| RelayError::ClusterCommand {
            program: "Looking for a user to run Postgres as".to_owned(),
            output: "there is neither postgres nor nobody".to_owned(),
            advice: "Start the relay as a user other than root".to_owned(),
        })
}
