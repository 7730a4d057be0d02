//! Exports of other chats, small and with everything in them that a reader may meet.

use std::io::Write;
use std::path::Path;

/// Somebody's Slack: a channel with a thread, an edit, a reaction of somebody unnamed, a file, a bot and Slack's own messages; a private
/// room; a direct one. `edited`: as it was exported later, when a message had been edited once more and another had been written.
#[must_use]
pub fn slack(edited: bool) -> Vec<(String, Vec<u8>)> {
    let users = r#"[
        {"id":"U1","team_id":"T1","name":"ada","profile":{"real_name":"Ada Lovelace","email":"ada@example.org"}},
        {"id":"U2","team_id":"T1","name":"grace","profile":{"display_name":"grace","email":"g.hopper@example.org"}},
        {"id":"U3","team_id":"T1","name":"mary","deleted":true,"profile":{"real_name":"Mary Shelley"}}]"#;
    let channels = r#"[{"id":"C1","name":"general","created":1355517500,"creator":"U2","members":["U1","U2","U3"],
        "topic":{"value":"For *all* of us"},"purpose":{"value":""},"pins":[{"id":"1355517523.000005","created":1355517600,"user":"U1"}]}]"#;
    let groups = r#"[{"id":"G1","name":"plans","created":1355517500,"members":["U1","U3"],"topic":{"value":""}}]"#;
    let dms = r#"[{"id":"D1","created":1355517500,"members":["U1","U2"]}]"#;
    let text = if edited {
        "second, edited twice"
    } else {
        "second, edited"
    };
    let at = if edited {
        "1355519999.000000"
    } else {
        "1355517590.000000"
    };
    let day = format!(
        r#"[{{"type":"message","user":"U1","text":"hello <@U2>, *read* <https://example.org|this> :tada:","ts":"1355517523.000005",
            "thread_ts":"1355517523.000005","reactions":[{{"name":"+1","users":["U2"],"count":2}}]}},
        {{"type":"message","subtype":"channel_join","user":"U3","text":"joined","ts":"1355517524.000001"}},
        {{"type":"message","user":"U2","text":"{text}","ts":"1355517525.000001","thread_ts":"1355517523.000005",
            "edited":{{"user":"U2","ts":"{at}"}}}},
        {{"type":"message","subtype":"bot_message","bot_id":"B1","username":"deploy","text":"","ts":"1355517526.000001",
            "attachments":[{{"title":"Build 7","title_link":"https://example.org/7","text":"passed"}}]}},
        {{"type":"message","user":"U3","text":"a picture","ts":"1355517527.000001",
            "files":[{{"name":"p.png","title":"p.png","url_private":"https://files.example.org/p.png"}}]}}]"#
    );
    let mut next =
        r#"[{"type":"message","user":"U2","text":"the next day","ts":"1355603925.000001"}"#
            .to_owned();
    if edited {
        next.push_str(
            r#",{"type":"message","user":"U1","text":"new since","ts":"1355603926.000001"}"#,
        );
    }
    next.push(']');
    let private =
        r#"[{"type":"message","user":"U1","text":"a secret plan","ts":"1355517530.000001"}]"#;
    let direct = r#"[{"type":"message","user":"U2","text":"between us","ts":"1355517531.000001"}]"#;
    [
        ("users.json", users),
        ("channels.json", channels),
        ("groups.json", groups),
        ("dms.json", dms),
        ("general/2012-12-14.json", &day),
        ("general/2012-12-15.json", &next),
        ("plans/2012-12-14.json", private),
        ("D1/2012-12-14.json", direct),
        // What has no place in an export, and must go nowhere.
        ("../outside.json", "[]"),
        ("general/../../etc.json", "[]"),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .collect()
}

/// Packs files.
///
/// # Panics
/// When the disk does not take it.
pub fn zip(path: &Path, files: &[(String, Vec<u8>)]) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// Lines of Amend's own format: a room with so many messages of two people.
#[must_use]
pub fn many(messages: usize) -> String {
    let mut lines = vec![
        r#"{"kind":"amend","version":1,"source":"many"}"#.to_owned(),
        r#"{"kind":"person","id":"p1","name":"Peter"}"#.to_owned(),
        r#"{"kind":"person","id":"p2","name":"Paul"}"#.to_owned(),
        r#"{"kind":"room","id":"r","name":"Archive","type":"channel","created_at":1000}"#
            .to_owned(),
    ];
    for n in 0..messages {
        let who = 1 + n % 2;
        let at = 1_400_000_000_000_u64 + n as u64 * 1000;
        lines.push(format!(
            r#"{{"kind":"message","room":"r","id":"m{n}","author":"p{who}","body":"message {n}","created_at":{at}}}"#
        ));
    }
    lines.join("\n")
}
