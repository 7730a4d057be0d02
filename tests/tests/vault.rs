//! `amend profile …` with a real keyring, with none, and with one that is lost.

#![allow(clippy::unwrap_used)]

use std::process::Output;
use system_tests::keyring::Keyring;
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;

fn out(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn said(output: &Output) -> String {
    assert!(!output.status.success(), "it should have failed");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn none() -> Vec<(String, String)> {
    vec![("AMEND_KEYRING".to_owned(), "none".to_owned())]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_keyring_opens_the_profile_until_it_is_lost() {
    let mut keyring = Keyring::start().await;
    let with = keyring.environment();
    let home = Home::new();
    let amend = |args: &[&str], input: &str| home.amend_in(&with, "ada", args, input);
    let code = out(&amend(&["profile", "encrypt"], ""));
    assert_eq!(code.len(), 39, "{code}");
    assert!(out(&amend(&["profile", "list"], "")).contains("encrypted"));
    assert_eq!(out(&amend(&["status"], "")), "Signed out.");

    keyring.lose().await;
    let failed = said(&amend(&["status"], ""));
    assert!(
        failed.contains("does not hold it") && failed.contains("amend profile unlock"),
        "{failed}"
    );
    let failed = said(&amend(&["profile", "unlock", "--code-stdin"], "0000-0000"));
    assert!(failed.contains("no recovery code"), "{failed}");
    let done = out(&amend(&["profile", "unlock", "--code-stdin"], &code));
    assert!(done.contains("again"), "{done}");
    assert_eq!(out(&amend(&["status"], "")), "Signed out.");

    let renewed = out(&amend(&["profile", "recovery-code"], ""));
    assert_ne!(renewed, code);
    keyring.lose().await;
    let failed = said(&amend(&["profile", "unlock", "--code-stdin"], &code));
    assert!(failed.contains("renewed"), "{failed}");
    let fresh = out(&amend(&["profile", "unlock", "--start-fresh"], ""));
    assert!(fresh.contains("set aside"), "{fresh}");
    let listed = out(&amend(&["profile", "list"], ""));
    let folder = listed.lines().find_map(|line| {
        line.trim()
            .split('\t')
            .next()
            .filter(|name| name.starts_with("locked-"))
    });
    let taken = amend(
        &["profile", "import", folder.unwrap(), "--code-stdin"],
        &renewed,
    );
    assert!(out(&taken).contains("Taken over"));
    out(&amend(&["profile", "wipe", "--yes"], ""));
    assert!(!out(&amend(&["profile", "list"], "")).contains("ada"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_the_code_opens_it_and_nothing_hangs() {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    home.login(&relay, "ada");
    assert!(home.profile("ada").join("token").exists());
    let amend = |environment: &[(String, String)], args: &[&str]| {
        home.amend_in(environment, "ada", args, "")
    };
    let failed = said(&amend(&none(), &["profile", "encrypt"]));
    assert!(failed.contains("keyring"), "{failed}");
    let code = out(&amend(
        &none(),
        &["profile", "encrypt", "--without-keyring"],
    ));
    // A bus without a keyring on it, and no bus at all.
    let nowhere = (
        "DBUS_SESSION_BUS_ADDRESS".to_owned(),
        "unix:path=/nowhere".to_owned(),
    );
    let system = ("AMEND_KEYRING".to_owned(), "system".to_owned());
    let failed = said(&amend(&[system, nowhere], &["status"]));
    assert!(failed.contains("AMEND_RECOVERY_CODE"), "{failed}");
    let mut given = none();
    given.push(("AMEND_RECOVERY_CODE".to_owned(), code));
    assert!(out(&amend(&given, &["status"])).contains("online"));
    out(&amend(&given, &["rooms", "create", "General"]));
    out(&amend(&given, &["send", "General", "hello"]));
    let failed = said(&amend(&given, &["profile", "wipe"]));
    assert!(failed.contains("--yes"), "{failed}");
    out(&amend(&given, &["profile", "decrypt"]));
    assert!(out(&amend(&none(), &["tail", "General"])).contains("hello"));
}
