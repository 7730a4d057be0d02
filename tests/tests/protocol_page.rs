//! `docs/protocol.md` says what the code does: its tables are made from the sources, and its conversation is held with a relay, by the
//! program that it gives, line by line. `AMEND_BLESS=1` writes the tables anew.

#![allow(clippy::unwrap_used)]

use model::limits;
use model::wire::ErrorCode;
use relay::session::line;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use system_tests::page::{self, Field, Item, endpoints, item, items, root};
use system_tests::programs::python;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait::DEADLINE;

const FRAMES: &str = "model/src/wire/frame.rs";
const OPS: &str = "model/src/op.rs";
const ROWS: &str = "model/src/row.rs";
const IMPORTS: &str = "model/src/wire/import.rs";
const CHANNELS: &str = "model/src/wire/channel.rs";
const ACCOUNTS: &str = "model/src/wire/account.rs";
const ATTACHMENTS: &str = "model/src/attachment.rs";
const BLOBS: &str = "model/src/wire/blob.rs";
const HISTORY: &str = "model/src/wire/history.rs";
const REJECTIONS: &str = "model/src/rejection.rs";

fn read() -> String {
    std::fs::read_to_string(root().join("docs/protocol.md")).unwrap()
}

fn fields(out: &mut String, fields: &[Field]) {
    for Field {
        name,
        doc,
        kind,
        is_optional,
    } in fields
    {
        let optional = if *is_optional && !kind.ends_with("or null") {
            ", may be left out"
        } else {
            ""
        };
        out.push_str(&format!("| | `{name}` | {kind}{optional} | {doc} |\n"));
    }
}

/// Kinds of something and their fields.
fn kinds(of: &Item, field_of: &str) -> String {
    let mut out = format!("| {field_of} | field | type | |\n| --- | --- | --- | --- |\n");
    for variant in of.variants.iter().filter(|variant| !variant.is_other) {
        let holds = variant.holds.as_deref().unwrap_or_default();
        let (name, doc) = (&variant.name, &variant.doc);
        out.push_str(&format!("| `{name}` | | {holds} | {doc} |\n").replace("|  |", "| |"));
        fields(&mut out, &variant.fields);
    }
    out
}

/// Objects and their fields; enums and their words.
fn objects(of: &[Item]) -> String {
    let mut out = "| | field | type | |\n| --- | --- | --- | --- |\n".to_owned();
    for item in of {
        out.push_str(&format!(
            "| `{}` | | | {} |\n",
            page::snake(&item.name),
            item.doc
        ));
        fields(&mut out, &item.fields);
        for variant in item.variants.iter().filter(|variant| !variant.is_other) {
            let holds = match (&variant.holds, variant.fields.is_empty()) {
                (Some(holds), _) => format!("`{{\"{}\":…}}`, {holds}", variant.name),
                (None, false) => format!("`{{\"{}\":{{…}}}}`", variant.name),
                (None, true) => format!("`\"{}\"`", variant.name),
            };
            out.push_str(&format!(
                "| | `{}` | {holds} | {} |\n",
                variant.name, variant.doc
            ));
            fields(&mut out, &variant.fields);
        }
    }
    out
}

fn errors() -> String {
    let mut out = "| code | HTTP | |\n| --- | --- | --- |\n".to_owned();
    for variant in item(FRAMES, "ErrorCode")
        .variants
        .iter()
        .filter(|variant| !variant.is_other)
    {
        let name = &variant.name;
        let code: ErrorCode = serde_json::from_value(Value::String(name.clone())).unwrap();
        let only_frames = [
            "hello_expected",
            "version_unsupported",
            "unknown_frame",
            "shutting_down",
        ];
        let status = if only_frames.contains(&name.as_str()) {
            String::new()
        } else {
            page::status(code).to_string()
        };
        out.push_str(&format!("| `{name}` | {status} | {} |\n", variant.doc));
    }
    out
}

fn rejections() -> String {
    let reasons = item(REJECTIONS, "Rejection").variants;
    let mut out = "| code | |\n| --- | --- |\n".to_owned();
    for code in item(REJECTIONS, "RejectionCode").variants {
        // A code without a reason is the client's own.
        if let Some(reason) = reasons.iter().find(|reason| reason.name == code.name) {
            out.push_str(&format!("| `{}` | {} |\n", code.name, reason.doc));
        }
    }
    out
}

/// Constants of a file: their values here, and what is said about them there.
fn constants(file: &str, prefix: &str, values: &[(&str, u64)]) -> String {
    let found = items(file).into_iter();
    let found: Vec<Item> = found
        .filter(|item| item.fields.is_empty() && item.variants.is_empty())
        .filter(|item| item.name.starts_with(prefix))
        .collect();
    let names: Vec<&str> = found.iter().map(|item| item.name.as_str()).collect();
    let known: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known, "{file} has other constants than this test");
    let mut out = "| | |\n| --- | --- |\n".to_owned();
    for (item, (name, value)) in found.iter().zip(values) {
        let shown = match prefix {
            "" => format!("{value} | `{name}`: "),
            _ => format!("{value} | "),
        };
        out.push_str(&format!("| {shown}{} |\n", item.doc));
    }
    out
}

macro_rules! values {
    ($module:ident: $($name:ident),+ $(,)?) => { [$((stringify!($name), $module::$name as u64)),+] };
}

#[rustfmt::skip]
fn limits_table() -> String {
    let values = values!(limits: BODY_MAX_BYTES, ATTACHMENTS_MAX, FILE_NAME_MAX_CHARS, MEDIA_TYPE_MAX_BYTES, ROOM_NAME_MAX_CHARS, TOPIC_MAX_CHARS, DIRECT_MAX_PEOPLE, PRESENCE_MAX_LIST,
        USER_NAME_MAX_CHARS, FRAME_MAX_BYTES, HELLO_MAX_BYTES, PUSH_MAX_OPS, PUSH_MAX_BYTES, PAGE_MAX_ROWS, CHANGES_MAX_BYTES,
        FIRST_PAGE_ROWS, EMOJI_MAX_BYTES, MERGE_MAX_PIECES);
    constants("model/src/limits.rs", "", &values)
}

#[rustfmt::skip]
fn closing() -> String {
    let values = values!(line: CLOSE_GOING_AWAY, CLOSE_PROTOCOL, CLOSE_UNSUPPORTED, CLOSE_NOT_TEXT, CLOSE_POLICY, CLOSE_TOO_LARGE,
        CLOSE_RESTART);
    constants("relay/src/session/line.rs", "CLOSE_", &values)
}

/// All structs and enums of a file but those that have a table of their own.
fn others(file: &str, but: &[&str]) -> Vec<Item> {
    let found = items(file).into_iter();
    found
        .filter(|item| !(item.fields.is_empty() && item.variants.is_empty()))
        .filter(|item| !but.contains(&item.name.as_str()))
        .collect()
}

fn table(name: &str) -> String {
    match name {
        "client" => kinds(&item(FRAMES, "ClientFrame"), "frame"),
        "relay" => kinds(&item(FRAMES, "RelayFrame"), "frame"),
        "parts" => {
            let mut parts = vec![item(OPS, "Envelope")];
            parts.extend(others(FRAMES, &["ClientFrame", "RelayFrame", "ErrorCode"]));
            parts.push(item(CHANNELS, "ChannelEvent"));
            objects(&parts)
        }
        "operations" => {
            let parts = others(OPS, &["Op", "Target", "Envelope"]);
            format!(
                "{}\n{}",
                kinds(&item(OPS, "Op"), "operation"),
                objects(&parts)
            )
        }
        "rows" => format!(
            "{}\n{}",
            kinds(&item(ROWS, "Row"), "row"),
            objects(&{
                let mut parts = others(ROWS, &["Row"]);
                parts.push(item(ATTACHMENTS, "Attachment"));
                parts
            })
        ),
        "http" => {
            let mut parts = others(ACCOUNTS, &[]);
            parts.extend(others(HISTORY, &[]));
            parts.extend(others(BLOBS, &[]));
            parts.extend(others(CHANNELS, &["ChannelEvent"]));
            parts.extend(others(IMPORTS, &[]));
            objects(&parts)
        }
        "rejections" => rejections(),
        "errors" => errors(),
        "closing" => closing(),
        "limits" => limits_table(),
        other => panic!("no table is called {other}"),
    }
}

#[test]
fn its_tables_are_what_the_sources_say() {
    let page = read();
    let mut new = String::new();
    let mut rest = page.as_str();
    while let Some((before, from)) = rest.split_once("<!-- code: ") {
        let (name, from) = from.split_once(" -->\n").unwrap();
        let (_, after) = from.split_once("<!-- end -->").unwrap();
        new.push_str(&format!(
            "{before}<!-- code: {name} -->\n{}<!-- end -->",
            table(name)
        ));
        rest = after;
    }
    new.push_str(rest);
    if std::env::var_os("AMEND_BLESS").is_some() {
        std::fs::write(root().join("docs/protocol.md"), &new).unwrap();
    } else {
        assert!(
            new == page,
            "docs/protocol.md is not what the sources say: run this test with AMEND_BLESS=1 and look at the change"
        );
    }
    for name in [
        "client",
        "relay",
        "parts",
        "operations",
        "rejections",
        "rows",
        "http",
        "errors",
        "closing",
        "limits",
    ] {
        assert!(page.contains(&format!("<!-- code: {name} -->")), "{name}");
    }
}

#[test]
fn every_endpoint_is_on_it_and_no_other() {
    let page = read();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let paths = rows.filter_map(|line| line.split_once('`')?.0.split_once(" /"));
    let mut said: Vec<(String, String)> = paths
        .map(|(method, path)| (method.to_owned(), format!("/{path}")))
        .collect();
    said.sort();
    assert_eq!(said, endpoints());
}

/// The blocks between ``` of these kinds, in order.
fn blocks(wanted: &[&str]) -> Vec<(String, String)> {
    let page = read();
    let parts = page.split("```").skip(1).step_by(2);
    let blocks = parts.filter_map(|block| block.split_once('\n'));
    blocks
        .filter(|(kind, _)| wanted.contains(kind))
        .map(|(kind, text)| (kind.to_owned(), text.to_owned()))
        .collect()
}

/// Whether a frame is as the page says; `known` is what the words in capitals stand for.
fn fits(said: &Value, came: &Value, known: &mut BTreeMap<String, Value>) -> bool {
    match (said, came) {
        (Value::Object(said), Value::Object(came)) => {
            said.len() == came.len()
                && said
                    .iter()
                    .all(|(name, said)| came.get(name).is_some_and(|came| fits(said, came, known)))
        }
        (Value::Array(said), Value::Array(came)) => {
            said.len() == came.len()
                && said
                    .iter()
                    .zip(came)
                    .all(|(said, came)| fits(said, came, known))
        }
        (Value::String(word), came) if word == "…" => came.is_string(),
        (Value::String(word), came)
            if word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase()) =>
        {
            let known = known.entry(word.clone()).or_insert_with(|| came.clone());
            came.is_string() && known == came
        }
        (Value::Number(said), Value::Number(came)) if said.as_i64() == Some(1_764_000_000_000) => {
            came.as_i64().is_some_and(|came| came > 1_700_000_000_000)
        }
        (said, came) => said == came,
    }
}

/// A frame that came. Alone in a room one hears of nobody but oneself, and when that is told beside what one knows is a matter of
/// time: so of a delta only the typing counts.
fn frame(line: &str) -> Option<Value> {
    let mut frame: Value = serde_json::from_str(line.trim_start_matches("← ")).unwrap();
    if let Some(presence) = frame.get_mut("presence")
        && presence["reset"] == false
    {
        presence["online"] = Value::Array(Vec::new());
        let nothing = |name: &str| presence[name].as_array().unwrap().is_empty();
        if nothing("typing") && nothing("stopped") {
            return None;
        }
    }
    Some(frame)
}

/// Takes frames until one is as the page says; frames that are said later may come before.
fn expect(
    said: &str,
    came: &mut Vec<Value>,
    lines: &Receiver<String>,
    known: &mut BTreeMap<String, Value>,
) {
    let said: Value = serde_json::from_str(said).unwrap();
    loop {
        // What does not fit must leave no trace in what is known.
        let at = came
            .iter()
            .position(|one| fits(&said, one, &mut known.clone()));
        if let Some(at) = at {
            let found = came.remove(at);
            assert!(fits(&said, &found, known));
            return;
        }
        match lines.recv_timeout(DEADLINE) {
            Ok(line) => came.extend(frame(&line)),
            Err(_) => panic!("the page says\n{said}\nand there came {came:#?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_conversation_is_what_happens() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(
        &config,
        "[[watch]]\ntable = \"orders\"\nchannel = \"orders\"\nreaders = \"everyone\"\n",
    )
    .unwrap();
    let database = system_tests::database::Database::create().await;
    database
        .sql("CREATE TABLE orders (id integer PRIMARY KEY, total numeric)")
        .await;
    let relay = RelayProcess::configured_on(database, &config).await;
    relay.add_user("ada");
    let program = folder.path().join("talk.py");
    let (_, text) = blocks(&["python"]).remove(0);
    std::fs::write(&program, text).unwrap();
    let mut child = Command::new(python())
        .arg(&program)
        .args([&relay.url(), "ada", &password("ada")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (put, lines) = channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let _ = put.send(line);
        }
    });
    let mut input = child.stdin.take().unwrap();
    let (mut came, mut known) = (Vec::new(), BTreeMap::new());
    let (mut sent, mut said) = (0, 0);
    for (kind, text) in blocks(&["talk", "sql"]) {
        if kind == "sql" {
            relay.database().sql(&text).await;
            continue;
        }
        for line in text.lines() {
            if let Some(answer) = line.strip_prefix("← ") {
                expect(answer, &mut came, &lines, &mut known);
                said += 1;
            } else {
                writeln!(input, "{line}").unwrap();
                sent += 1;
            }
        }
    }
    drop(input);
    assert!(child.wait().unwrap().success());
    // Until the end nothing else came.
    came.extend(lines.iter().filter_map(|line| frame(&line)));
    assert!(came.is_empty(), "the page does not say {came:#?}");
    assert!(sent > 10 && said > 20, "{sent} {said}");
}

#[test]
fn every_kind_of_frame_is_in_its_conversation() {
    let talk: String = blocks(&["talk"])
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    for file in ["ClientFrame", "RelayFrame"] {
        for variant in item(FRAMES, file).variants {
            assert!(
                talk.contains(&format!("{{\"{}\":", variant.name)),
                "{} is not",
                variant.name
            );
        }
    }
}
