//! The page for imports and exports in a real window: a file is read, looked at, imported in part, and what is here is exported.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::window::Window;
use system_tests::{exports, native};

async fn until_state(window: &Window, kind: &str, state: &str) {
    let css = format!("[data-testid='exchange'][data-kind='{kind}'][data-state='{state}']");
    let script = "return document.querySelectorAll(arguments[0]).length";
    wait::until(
        &format!("an {kind} is {state}"),
        async || {
            let found = window.page.execute(script, vec![css.clone().into()]).await;
            found.unwrap().as_u64().unwrap()
        },
        |found| *found > 0,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_imported_and_what_is_here_exported() {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    let file = home.path().join("slack.zip");
    exports::zip(&file, &exports::slack(false));
    let ada = Window::open(&home, "ada").await;
    ada.sign_in(&relay.url(), "ada", &password("ada")).await;
    ada.until_connection("online").await;
    ada.click("settings-button").await;
    ada.click("settings-exchange").await;
    ada.click("exchange-button").await;

    // What is no export gets a sentence, and nothing else happens.
    ada.type_into("import-path", "/nowhere/export.zip").await;
    ada.click("import-open").await;
    let said = ada.text("import-error").await;
    assert!(said.contains("can't be read"), "{said}");
    ada.shot("exchange-1-wrong").await;

    ada.type_into("import-path", &file.to_string_lossy()).await;
    ada.click("import-open").await;
    until_state(&ada, "import", "ready").await;
    let preview = ada.text("import-preview").await;
    for shown in ["general", "plans", "Mary Shelley", "New account"] {
        assert!(preview.contains(shown), "{shown}: {preview}");
    }
    ada.shot("exchange-2-preview").await;
    ada.click("import-start").await;
    until_state(&ada, "import", "done").await;
    let result = ada.text("exchange-result").await;
    assert!(result.contains("left out"), "{result}");
    ada.shot("exchange-3-done").await;

    // It came like everything else: as rows.
    ada.click("room").await;
    ada.click("settings-button").await;
    ada.click("settings-exchange").await;
    ada.click("exchange-button").await;
    let chosen = "return ['format', 'room'].map(id => document.querySelector(`[data-testid=export-${id}]`).value)";
    ada.until_script("everything, as lines", chosen, |seen| {
        *seen == serde_json::json!(["jsonl", ""])
    })
    .await;
    let out = home.path().join("out.jsonl");
    ada.type_into("export-path", &out.to_string_lossy()).await;
    ada.click("export-start").await;
    until_state(&ada, "export", "done").await;
    assert!(Path::new(&out).exists());
    ada.shot("exchange-4-exported").await;
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(
        text.contains("read** [this](https://example.org)"),
        "{text}"
    );
    ada.click("exchange-remove").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_chosen_stopped_gone_on_with_and_given_up() {
    let mut relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    let folder = home.path().join("exports");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("many.jsonl");
    std::fs::write(&file, exports::many(2_000)).unwrap();
    let ada = Window::open(&home, "ada").await;
    ada.sign_in(&relay.url(), "ada", &password("ada")).await;
    ada.until_connection("online").await;
    ada.click("settings-button").await;
    ada.click("settings-exchange").await;
    ada.click("exchange-button").await;

    // The system's own dialog: given up, nothing happens; answered, the file is read at once.
    ada.click("import-pick-file").await;
    native::answer("Choose an export to read", None).await;
    ada.click("import-pick-file").await;
    native::answer("Choose an export to read", Some(&file)).await;
    until_state(&ada, "import", "ready").await;
    ada.get("import-preview").await;

    // The relay goes away in the middle: it waits, says so, and can be stopped.
    relay.kill();
    ada.until_connection("offline").await;
    ada.shot("exchange-5-offline").await;
    relay.come_back().await;
    ada.until_connection("online").await;
    ada.click("import-start").await;
    until_state(&ada, "import", "running").await;
    relay.kill();
    until_state(&ada, "import", "waiting").await;
    ada.shot("exchange-6-waiting").await;
    ada.click("exchange-pause").await;
    until_state(&ada, "import", "paused").await;
    ada.shot("exchange-7-paused").await;
    relay.come_back().await;
    ada.click("exchange-resume").await;
    until_state(&ada, "import", "done").await;
    let result = ada.text("exchange-result").await;
    assert!(
        result.contains("2,000") || result.contains("2000"),
        "{result}"
    );
    ada.click("exchange-remove").await;
    until_none(&ada).await;

    // One that is given up is gone, and so is what was read for it.
    ada.type_into("import-path", &file.to_string_lossy()).await;
    ada.click("import-open").await;
    until_state(&ada, "import", "ready").await;
    ada.click("exchange-cancel").await;
    until_none(&ada).await;
    let kept = std::fs::read_dir(home.profile("ada").join("exchange")).unwrap();
    let spools = kept.filter(|one| {
        let name = one.as_ref().unwrap().file_name();
        name.to_string_lossy().contains(".spool")
    });
    assert_eq!(spools.count(), 0);

    // Where to export to, by the same dialog.
    let out = folder.join("taken along.jsonl");
    ada.click("export-pick").await;
    native::answer("Save as", Some(&out)).await;
    let field = "return document.querySelector('[data-testid=export-path]').value";
    let wanted = out.to_string_lossy().into_owned();
    ada.until_script("the path is in the field", field, |seen| *seen == wanted)
        .await;
    ada.click("export-start").await;
    until_state(&ada, "export", "done").await;
    let text = std::fs::read_to_string(&out).unwrap();
    assert_eq!(
        text.lines()
            .filter(|line| line.contains("message 7\""))
            .count(),
        1
    );
}

async fn until_none(window: &Window) {
    let script = "return document.querySelectorAll('[data-testid=exchange]').length";
    window
        .until_script("the list is empty", script, |seen| *seen == 0)
        .await;
}
