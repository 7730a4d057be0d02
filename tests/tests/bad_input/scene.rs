//! Whom the tests are about, and how they ask.

use model::RoomId;
use model::wire::{OpOutcome, Outcome, RelayFrame};
use serde_json::{Value, json};
use system_tests::raw::{Answer, Raw};
use system_tests::relay_process::RelayProcess;
use system_tests::wire::{Wire, token};
use uuid::Uuid;

/// A relay with an admin, somebody, and a channel and a direct room that somebody can't see.
pub(crate) struct Scene {
    pub(crate) relay: RelayProcess,
    pub(crate) ada: String,
    pub(crate) grace: String,
    /// Grace is in it; it has one message.
    pub(crate) hers: RoomId,
    pub(crate) message: Uuid,
    /// Ada's channel.
    pub(crate) channel: RoomId,
    /// Ada's and Mary's.
    pub(crate) direct: RoomId,
    /// A message of each.
    pub(crate) secrets: [Uuid; 2],
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let relay = RelayProcess::start().await;
        for name in ["ada", "grace", "mary"] {
            relay.add_user(name);
        }
        let [ada, grace, mary] = ["ada", "grace", "mary"].map(|name| token(&relay.url(), name));
        let mut wire = Wire::hello_with(&relay.url(), &ada).await;
        let channel = wire.create_room("Hers alone").await;
        let (me, her) = (user(&relay, &ada).await, user(&relay, &mary).await);
        let direct = model::direct_room_id([me, her]);
        let with = json!([{"user_id": her}]);
        let secrets = [Uuid::now_v7(), Uuid::now_v7()];
        let open = json!({"open_direct": {"room_id": direct, "with": with}});
        for op in [open, post(channel, secrets[0]), post(direct, secrets[1])] {
            let outcome = push(&mut wire, op).await;
            assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
        }
        let mut graces = Wire::hello_with(&relay.url(), &grace).await;
        let hers = graces.create_room("Grace's").await;
        let message = Uuid::now_v7();
        push(&mut graces, post(hers, message)).await;
        Self {
            relay,
            ada,
            grace,
            hers,
            message,
            channel,
            direct,
            secrets,
        }
    }

    /// One request; its answer is typed, and its status is the one that the page says.
    pub(crate) async fn http(
        &self,
        request: &str,
        token: &str,
        headers: &str,
        body: &[u8],
    ) -> Answer {
        let mut raw = Raw::connect(self.relay.address()).await;
        let length = match headers.contains("Transfer-Encoding") {
            true => String::new(),
            false => format!("Content-Length: {}\r\n", body.len()),
        };
        let head = format!(
            "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{length}{headers}\r\n"
        );
        raw.send([head.as_bytes(), body].concat()).await;
        raw.answer().await.unwrap()
    }

    /// How much there is of everything that a person could have made.
    pub(crate) async fn stored(&self) -> Vec<i64> {
        let client = self.relay.database().client().await;
        let mut counts = Vec::new();
        for table in [
            "account",
            "invite",
            "session_token",
            "room",
            "member",
            "message",
            "message_version",
            "reaction",
            "read_marker",
        ] {
            let count = format!("SELECT count(*) FROM {table}");
            counts.push(client.query_one(&count, &[]).await.unwrap().get(0));
        }
        counts
    }
}

/// Whose token it is.
pub(crate) async fn user(relay: &RelayProcess, token: &str) -> model::UserId {
    let mut wire = Wire::connect(&relay.url()).await;
    let hello = json!({"hello": {"version": 1, "token": token}});
    wire.send_raw(hello.to_string().into()).await;
    wire.until(|frame| match frame {
        RelayFrame::Welcome { user, .. } => Some(user),
        _ => None,
    })
    .await
}

pub(crate) fn post(room: RoomId, message: Uuid) -> Value {
    json!({"post": {"room_id": room, "message_id": message, "body": "a text"}})
}

pub(crate) fn pushed(op: &Value) -> (Uuid, Value) {
    let key = Uuid::now_v7();
    let op = json!({"op_id": key, "at": 0, "op": op});
    (key, json!({"push": {"ops": [op]}}))
}

pub(crate) async fn push(wire: &mut Wire, op: Value) -> Outcome {
    let (key, frame) = pushed(&op);
    wire.send_raw(frame.to_string().into()).await;
    let answered = wire.until(|frame| match frame {
        RelayFrame::Outcomes { outcomes } => {
            let mut outcomes = outcomes.into_iter();
            outcomes.find(|one: &OpOutcome| one.op_id.0 == key)
        }
        RelayFrame::Error(error) => panic!("{op}: {error:?}"),
        _ => None,
    });
    answered.await.outcome
}

pub(crate) fn name_of(object: &Value) -> String {
    object.as_object().unwrap().keys().next().unwrap().clone()
}
