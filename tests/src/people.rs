//! Profiles in a folder of their own, used through the command-line client or the library.

use crate::programs;
use crate::relay_process::{RelayProcess, password};
use client::Client;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder of profiles; gone when dropped.
pub struct Home(TempDir);

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// A new one.
    ///
    /// # Panics
    /// When the disk does not take it.
    #[must_use]
    pub fn new() -> Self {
        Self(
            tempfile::Builder::new()
                .prefix("amend-home-")
                .tempdir()
                .unwrap(),
        )
    }

    /// The folder, for `AMEND_HOME`.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    /// A profile's folder.
    #[must_use]
    pub fn profile(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `amend --profile NAME …` with something on its standard input.
    ///
    /// # Panics
    /// When the program can't be run at all.
    #[must_use]
    pub fn amend_with(&self, profile: &str, args: &[&str], input: &str) -> Output {
        self.amend_in(&[], profile, args, input)
    }

    /// The same with more in its environment.
    ///
    /// # Panics
    /// When the program can't be run at all.
    #[must_use]
    pub fn amend_in(
        &self,
        environment: &[(String, String)],
        profile: &str,
        args: &[&str],
        input: &str,
    ) -> Output {
        let mut child = Command::new(programs::built("amend"))
            .args(["--profile", profile])
            .args(args)
            .env("AMEND_HOME", self.path())
            .envs(environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that fails early does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Runs `amend --profile NAME …`, which must succeed, and returns what it printed.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn amend(&self, profile: &str, args: &[&str]) -> String {
        let output = self.amend_with(profile, args, "");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "amend {args:?} failed: {error}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs `amend --profile NAME …`, which must fail, and returns its sentence.
    ///
    /// # Panics
    /// When it succeeds.
    #[must_use]
    pub fn amend_fails(&self, profile: &str, args: &[&str], input: &str) -> String {
        let output = self.amend_with(profile, args, input);
        assert!(
            !output.status.success(),
            "amend {args:?} should have failed"
        );
        String::from_utf8(output.stderr).unwrap().trim().to_owned()
    }

    /// Signs in on the command line; the profile is named as the person.
    ///
    /// # Panics
    /// When that fails.
    pub fn login(&self, relay: &RelayProcess, name: &str) {
        let args = [
            "login",
            "--relay",
            &relay.url(),
            "--name",
            name,
            "--password-stdin",
        ];
        let output = self.amend_with(name, &args, &password(name));
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Opens a profile in this process and signs it in over a line.
    ///
    /// # Panics
    /// When that fails.
    pub async fn client_over(
        &self,
        line: &crate::proxy::Proxy,
        profile: &str,
        name: &str,
    ) -> Client {
        let client = Client::open(&self.profile(profile)).await.unwrap();
        client
            .sign_in(&line.url(), name, &password(name))
            .await
            .unwrap();
        client
    }

    /// Opens a profile in this process and signs it in.
    ///
    /// # Panics
    /// When that fails.
    pub async fn client(&self, relay: &RelayProcess, profile: &str, name: &str) -> Client {
        let client = Client::open(&self.profile(profile)).await.unwrap();
        client
            .sign_in(&relay.url(), name, &password(name))
            .await
            .unwrap();
        client
    }
}
