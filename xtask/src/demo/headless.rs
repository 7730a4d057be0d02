//! The conversation without windows: write, edit, lose the relay, go on, come back, be the same.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::scene::{PEOPLE, ROOM, Scene};

/// Holds it, prints both timelines, and fails if they differ or something is missing.
pub(super) fn converse() -> Result<()> {
    let mut scene = Scene::start()?;
    let [ada, grace] = PEOPLE;
    say("both write, ada mends a slip");
    let first = scene.amend(ada, &["send", ROOM, "Hello, Grase!"])?;
    scene.amend(ada, &["edit", &first, "Hello, Grace!"])?;
    scene.amend(grace, &["send", ROOM, "Hello, Ada!"])?;

    say("the relay is killed (kill -9); both go on: write, edit, delete");
    scene.kill_relay();
    scene.amend(
        ada,
        &[
            "send",
            ROOM,
            "The relay is gone. I write on.",
            "--wait",
            "0",
        ],
    )?;
    scene.amend(ada, &["edit", &first, "Hello again, Grace!", "--wait", "0"])?;
    let second = scene.amend(
        grace,
        &["send", ROOM, "So do I. Nobody sees this.", "--wait", "0"],
    )?;
    scene.amend(
        grace,
        &["edit", &second, "So do I, and edit.", "--wait", "0"],
    )?;
    let slip = scene.amend(grace, &["send", ROOM, "A slip.", "--wait", "0"])?;
    scene.amend(grace, &["delete", &slip, "--wait", "0"])?;
    print(&scene, "offline")?;

    say("the relay returns");
    scene.start_relay()?;
    // Each sends its own; then ada, who was first, gets grace's.
    for person in [ada, grace, ada] {
        scene.amend(person, &["sync"])?;
    }
    print(&scene, "back online")?;
    compare(
        &timeline(&scene, ada)?,
        &timeline(&scene, grace)?,
        &[
            "Hello again, Grace!",
            "Hello, Ada!",
            "The relay is gone. I write on.",
            "So do I, and edit.",
        ],
    )?;
    say("both timelines are the same");
    Ok(())
}

fn say(what: &str) {
    eprintln!("demo: {what}");
}

fn print(scene: &Scene, when: &str) -> Result<()> {
    for person in PEOPLE {
        println!(
            "\n{person}, {when}:\n{}",
            scene.amend(person, &["tail", ROOM])?
        );
    }
    println!();
    Ok(())
}

fn timeline(scene: &Scene, person: &str) -> Result<Vec<Value>> {
    let text = scene.amend(person, &["tail", ROOM, "--json"])?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("not JSON: {line}")))
        .collect()
}

/// Two timelines are alike, nothing waits, nothing is there twice, and all that was said is there.
fn compare(ada: &[Value], grace: &[Value], said: &[&str]) -> Result<()> {
    if ada != grace {
        bail!("the two timelines differ; both are above");
    }
    if let Some(waiting) = ada.iter().find(|message| message["delivery"] != "sent") {
        bail!("a message was not delivered: {waiting}");
    }
    let shown = ada.iter().filter(|message| message["deleted"] != true);
    let mut bodies: Vec<&str> = shown
        .filter_map(|message| message["body"].as_str())
        .collect();
    bodies.sort_unstable();
    let mut expected = said.to_vec();
    expected.sort_unstable();
    if bodies != expected {
        bail!("the timeline has {bodies:?} and should have {expected:?}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(body: &str, delivery: &str) -> Value {
        json!({"id": body, "body": body, "deleted": false, "delivery": delivery})
    }

    #[test]
    fn only_equal_complete_delivered_timelines_pass() {
        let a = message("a", "sent");
        let gone = json!({"id": "x", "body": "", "deleted": true, "delivery": "sent"});
        let full = [a.clone(), gone];
        compare(&full, &full, &["a"]).expect("alike");
        let error = |ada: &[Value], grace: &[Value]| {
            compare(ada, grace, &["a"])
                .expect_err("not alike")
                .to_string()
        };
        assert!(error(&full, std::slice::from_ref(&a)).contains("differ"));
        assert!(error(&[a.clone(), a.clone()], &[a.clone(), a.clone()]).contains("should have"));
        assert!(error(&[], &[]).contains("should have"));
        let waiting = [message("a", "pending")];
        assert!(error(&waiting, &waiting).contains("not delivered"));
    }
}
