//! Pages of a room's history over HTTP: in both directions they are the same messages, and nobody outside gets one.

#![allow(clippy::unwrap_used)]

use model::wire::{HistoryResponse, VersionsResponse};
use model::{MessageId, Op, Rev, RoomId, Row, Seq};
use system_tests::relay_process::RelayProcess;
use system_tests::wire::{Wire, token};
use uuid::Uuid;

struct Bench {
    relay: RelayProcess,
    token: String,
    room: RoomId,
    messages: Vec<MessageId>,
    wire: Wire,
}

/// A room with so many messages; every third position is an edit's.
async fn bench(messages: usize) -> Bench {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let mut wire = Wire::hello(&relay, "ada").await;
    let room = wire.create_room("General").await;
    let mut ids = Vec::new();
    let mut ops = Vec::new();
    for n in 0..messages {
        let message_id = MessageId(Uuid::now_v7());
        ids.push(message_id);
        ops.push(Op::Post {
            room_id: room,
            message_id,
            body: n.to_string(),
            reply_to: None,
            attachments: Vec::new(),
        });
        if n % 2 == 0 {
            ops.push(Op::Edit {
                room_id: room,
                message_id,
                base_rev: Rev::FIRST,
                base: Some(n.to_string()),
                body: format!("{n}, edited"),
            });
        }
    }
    for ops in ops.chunks(100) {
        let last = *wire.push(ops.to_vec()).await.last().unwrap();
        wire.until(|frame| match frame {
            model::wire::RelayFrame::Outcomes { outcomes } => {
                outcomes.iter().any(|one| one.op_id == last).then_some(())
            }
            _ => None,
        })
        .await;
    }
    let token = token(&relay.url(), "ada");
    Bench {
        relay,
        token,
        room,
        messages: ids,
        wire,
    }
}

impl Bench {
    fn ask(&self, token: &str, room: &str, rest: &str) -> Result<String, (u16, String)> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let url = format!("{}/v1/rooms/{room}/messages{rest}", self.relay.url());
        let mut answer = agent
            .get(url)
            .header("Authorization", format!("Bearer {token}"))
            .call()
            .unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        if answer.status().as_u16() == 200 {
            return Ok(text);
        }
        let error: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(error["text"].as_str().unwrap().ends_with('.'), "{text}");
        let code = error["code"].as_str().unwrap().to_owned();
        Err((answer.status().as_u16(), code))
    }

    fn page(&self, query: &str) -> HistoryResponse {
        let text = self
            .ask(&self.token, &self.room.to_string(), query)
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

fn ids(page: &HistoryResponse) -> Vec<MessageId> {
    page.rows
        .iter()
        .filter_map(|row| match row {
            Row::Message(message) => Some(message.id),
            _ => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_directions_tell_the_same_and_end() {
    let bench = bench(25).await;
    let mut backwards = Vec::new();
    let mut page = bench.page("?limit=7");
    assert_eq!(page.after, None);
    loop {
        let mut older = ids(&page);
        older.extend(backwards);
        backwards = older;
        let Some(Seq(before)) = page.before else {
            break;
        };
        page = bench.page(&format!("?limit=7&before={before}"));
        assert!(page.after.is_some());
    }
    assert_eq!(backwards, bench.messages);
    let mut forwards = Vec::new();
    let mut after = Some(Seq(0));
    while let Some(Seq(from)) = after {
        let page = bench.page(&format!("?limit=4&after={from}"));
        forwards.extend(ids(&page));
        after = page.after;
    }
    assert_eq!(forwards, bench.messages);
    // Around one in the middle, and around the ends.
    let around = |n: usize| bench.page(&format!("?limit=5&around={}", bench.messages[n]));
    assert_eq!(ids(&around(12)), bench.messages[10..15]);
    assert!(around(12).before.is_some() && around(12).after.is_some());
    assert_eq!(ids(&around(0)), bench.messages[0..3]);
    assert_eq!(around(0).before, None);
    assert_eq!(ids(&around(24)), bench.messages[22..25]);
    assert_eq!(around(24).after, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_begins_at_a_date() {
    let bench = bench(6).await;
    for (n, message) in bench.messages.iter().enumerate() {
        let at = format!(
            "UPDATE message SET created_at = to_timestamp({}) WHERE id = '{message}'",
            1000 + n
        );
        bench.relay.database().sql(&at).await;
    }
    let page = bench.page("?since=1003000&limit=2");
    assert_eq!(ids(&page), bench.messages[3..5]);
    assert!(page.before.is_some() && page.after.is_some());
    assert_eq!(ids(&bench.page("?since=0&limit=100")), bench.messages);
    let after_all = bench.page("?since=99999999999999");
    assert!(after_all.rows.is_empty() && after_all.after.is_none());
    // What is older than the date can still be gone back to.
    let Some(Seq(before)) = after_all.before else {
        panic!("there are older ones")
    };
    assert_eq!(
        ids(&bench.page(&format!("?before={before}"))),
        bench.messages
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_texts_are_told_and_reactions_come_along() {
    let mut bench = bench(3).await;
    let message_id = bench.messages[0];
    let react = Op::React {
        room_id: bench.room,
        message_id,
        emoji: "👍".into(),
        on: true,
    };
    bench.wire.push(vec![react]).await;
    bench.wire.outcome().await;
    let page = bench.page("");
    assert!(
        page.rows.iter().any(|row| matches!(row, Row::Reaction(_))),
        "{page:?}"
    );
    let room = bench.room.to_string();
    let versions = |n: usize| {
        let rest = format!("/{}/versions", bench.messages[n]);
        let text = bench.ask(&bench.token, &room, &rest).unwrap();
        let answer: VersionsResponse = serde_json::from_str(&text).unwrap();
        answer
            .versions
            .into_iter()
            .map(|version| (version.rev.0, version.body))
            .collect::<Vec<_>>()
    };
    assert_eq!(versions(0), [(1, "0".to_owned())]);
    assert!(versions(1).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_earlier_texts_come_in_pages_and_those_of_a_deleted_message_to_its_author_only() {
    let bench = bench(1).await;
    bench.relay.add_user("eve");
    let mut eve = Wire::hello(&bench.relay, "eve").await;
    eve.join(bench.room).await;
    let message = bench.messages[0];
    for n in 0..120 {
        let edit = format!("UPDATE message SET body = 'text {n}' WHERE id = '{message}'");
        bench.relay.database().sql(&edit).await;
    }
    let of = |token: &str| {
        let (mut bodies, mut after) = (Vec::new(), String::new());
        loop {
            let rest = format!("/{message}/versions{after}");
            let text = bench.ask(token, &bench.room.to_string(), &rest).unwrap();
            let answer: VersionsResponse = serde_json::from_str(&text).unwrap();
            assert!(answer.versions.len() <= 50);
            bodies.extend(answer.versions.into_iter().map(|version| version.body));
            match answer.after {
                Some(seq) => after = format!("?after={seq}"),
                None => return bodies,
            }
        }
    };
    let eve_token = token(&bench.relay.url(), "eve");
    let mut expected = vec!["0".to_owned(), "0, edited".to_owned()];
    expected.extend((0..119).map(|n| format!("text {n}")));
    assert_eq!(of(&bench.token), expected);
    assert_eq!(of(&eve_token), expected);
    let delete = Op::Delete {
        room_id: bench.room,
        message_id: message,
    };
    let mut author = Wire::hello(&bench.relay, "ada").await;
    author.push(vec![delete]).await;
    author.outcome().await;
    expected.push("text 119".to_owned());
    assert_eq!(of(&bench.token), expected);
    assert!(of(&eve_token).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn outsiders_and_nonsense_get_nothing() {
    let bench = bench(2).await;
    bench.relay.add_user("eve");
    let eve = token(&bench.relay.url(), "eve");
    let (room, message) = (bench.room.to_string(), bench.messages[0]);
    let none = Uuid::now_v7().to_string();
    let not_found = || Err((404, "room_not_found".to_owned()));
    for rest in [
        "",
        "?before=9",
        "?since=0",
        &format!("?around={message}"),
        &format!("/{message}/versions"),
    ] {
        // The same answer for a room that there is and for one that there is not.
        assert_eq!(bench.ask(&eve, &room, rest), not_found(), "{rest}");
        assert_eq!(bench.ask(&eve, &none, rest), not_found(), "{rest}");
        assert_eq!(bench.ask(&eve, "x", rest), not_found(), "{rest}");
        assert_eq!(
            bench.ask("nobody", &room, rest),
            Err((401, "token_invalid".to_owned())),
            "{rest}"
        );
    }
    for rest in [
        "?before=x",
        "?before=1&after=2",
        "?around=1",
        "?limit=-1",
        "?since=tomorrow",
    ] {
        let answer = bench.ask(&bench.token, &room, rest);
        assert_eq!(answer, Err((400, "malformed".to_owned())), "{rest}");
    }
    for rest in [
        format!("?around={none}"),
        format!("/{none}/versions"),
        "/x/versions".to_owned(),
    ] {
        assert_eq!(bench.ask(&bench.token, &room, &rest), not_found(), "{rest}");
    }
    for rest in [
        "?before=-9223372036854775808",
        "?after=9223372036854775807",
        "?since=-1",
        "?limit=0",
        "?limit=4000000000",
    ] {
        assert!(bench.ask(&bench.token, &room, rest).is_ok(), "{rest}");
    }
}
