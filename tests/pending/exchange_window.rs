//! The page for imports and exports in a real window: a file is read, looked at, imported in part, and what is here is exported.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use system_tests::exports;
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::window::Window;

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
