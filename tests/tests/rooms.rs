//! Rooms and their members on a real relay: who is let in, who is put out, and that nothing more is sent to them.

#![allow(clippy::unwrap_used)]

use model::wire::{ClientFrame, ErrorCode, Outcome, RelayFrame};
use model::{
    MemberChange, MessageId, NamedUser, Op, RejectionCode, Role, RoomChange, RoomId, Row, UserId,
    direct_room_id,
};
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::wire::Wire;
use uuid::Uuid;

async fn relay_with(names: &[&str]) -> RelayProcess {
    let relay = RelayProcess::start().await;
    for name in names {
        relay.add_user(name);
    }
    relay
}

async fn id_of(relay: &RelayProcess, name: &str) -> UserId {
    let found = relay.database().client().await;
    let row = found
        .query_one("SELECT id FROM account WHERE name = $1", &[&name])
        .await
        .unwrap();
    UserId(row.get(0))
}

fn member(room_id: RoomId, user_id: UserId, change: MemberChange) -> Op {
    Op::SetMember {
        room_id,
        user_id,
        name: "forged".into(),
        change,
    }
}

fn post(room_id: RoomId, body: &str) -> Op {
    Op::Post {
        room_id,
        message_id: MessageId(Uuid::now_v7()),
        body: body.into(),
        reply_to: None,
        attachments: Vec::new(),
    }
}

/// What became of this operation, whatever else is answered before.
async fn answer(wire: &mut Wire, op: Op) -> Outcome {
    let key = wire.push(vec![op]).await[0];
    wire.until(|frame| match frame {
        RelayFrame::Outcomes { outcomes } => outcomes
            .into_iter()
            .find(|one| one.op_id == key)
            .map(|one| one.outcome),
        _ => None,
    })
    .await
}

async fn applied(wire: &mut Wire, op: Op) {
    let outcome = answer(wire, op).await;
    assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
}

async fn refused(wire: &mut Wire, op: Op, why: RejectionCode) {
    match answer(wire, op).await {
        Outcome::Rejected { code, .. } => assert_eq!(code, why),
        Outcome::Applied { .. } => panic!("applied, and not {why:?}"),
    }
}

async fn member_of(wire: &mut Wire, room: RoomId) {
    wire.until(|frame| match frame {
        RelayFrame::Memberships { rooms } => rooms.contains(&room).then_some(()),
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_removed_hears_nothing_more_and_comes_back_by_invitation_only() {
    let relay = relay_with(&["ada", "grace", "eve"]).await;
    let (grace_id, eve_id) = (id_of(&relay, "grace").await, id_of(&relay, "eve").await);
    let mut ada = Wire::hello(&relay, "ada").await;
    let mut grace = Wire::hello(&relay, "grace").await;
    let mut eve = Wire::hello(&relay, "eve").await;
    let room = ada.create_room("General").await;
    for who in [grace_id, eve_id] {
        applied(&mut ada, member(room, who, MemberChange::Invite)).await;
    }
    member_of(&mut grace, room).await;
    member_of(&mut eve, room).await;
    grace.subscribe(room, None).await;
    eve.subscribe(room, None).await;
    // A member removes nobody. One batch removes and then writes: the removed one gets neither.
    refused(
        &mut grace,
        member(room, eve_id, MemberChange::Remove),
        RejectionCode::Forbidden,
    )
    .await;
    let words: Vec<Op> = (0..40)
        .map(|n| post(room, &format!("secret {n}")))
        .collect();
    let mut batch = vec![member(room, eve_id, MemberChange::Remove)];
    batch.extend(words);
    ada.push(batch).await;
    grace
        .until(|frame| match frame {
            RelayFrame::Changes { rows, .. } => rows
                .iter()
                .any(|row| matches!(row, Row::Message(message) if message.body == "secret 39"))
                .then_some(()),
            _ => None,
        })
        .await;
    eve.send(&ClientFrame::Subscribe { room, after: None })
        .await;
    loop {
        match eve.next().await.unwrap() {
            RelayFrame::Changes { rows, .. } | RelayFrame::Snapshot { rows, .. } => {
                panic!("sent to one who was removed: {rows:?}")
            }
            RelayFrame::Error(error) => break assert_eq!(error.code, ErrorCode::RoomNotFound),
            _ => {}
        }
    }
    refused(&mut eve, Op::Join { room_id: room }, RejectionCode::Removed).await;
    refused(
        &mut eve,
        post(room, "still here"),
        RejectionCode::RoomNotFound,
    )
    .await;
    refused(
        &mut grace,
        member(room, eve_id, MemberChange::Invite),
        RejectionCode::Forbidden,
    )
    .await;
    let moderator = MemberChange::Role(Role::Moderator);
    applied(&mut ada, member(room, grace_id, moderator)).await;
    applied(&mut grace, member(room, eve_id, MemberChange::Invite)).await;
    member_of(&mut eve, room).await;
    eve.subscribe(room, None).await;
    // Under the account's own name.
    let client = relay.database().client().await;
    let row = client
        .query_one(
            "SELECT name, role FROM member WHERE user_id = $1",
            &[&eve_id.0],
        )
        .await
        .unwrap();
    assert_eq!(
        (row.get::<_, &str>(0), row.get::<_, &str>(1)),
        ("eve", "member")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_at_another_relay_takes_effect_before_the_next_row() {
    let relay = relay_with(&["ada", "eve"]).await;
    let second = RelayProcess::beside(&relay).await;
    let eve_id = id_of(&relay, "eve").await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut eve = Wire::hello_at(&second.url(), "eve").await;
    eve.join(room).await;
    eve.subscribe(room, None).await;
    let mut batch = vec![member(room, eve_id, MemberChange::Remove)];
    batch.extend((0..40).map(|n| post(room, &format!("secret {n}"))));
    ada.push(batch).await;
    eve.until(|frame| match frame {
        RelayFrame::Changes { rows, .. } => panic!("sent to one who was removed: {rows:?}"),
        RelayFrame::Memberships { rooms } => (!rooms.contains(&room)).then_some(()),
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_renamed_closed_and_opened_and_its_people_see_it() {
    let relay = relay_with(&["ada", "grace"]).await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let mut grace = Wire::hello(&relay, "grace").await;
    let room = ada.create_room("General").await;
    grace.join(room).await;
    let mut at = grace.subscribe(room, None).await;
    let set = |change| Op::SetRoom {
        room_id: room,
        change,
    };
    refused(
        &mut grace,
        set(RoomChange::Name("Mine".into())),
        RejectionCode::Forbidden,
    )
    .await;
    applied(&mut ada, set(RoomChange::Name(" Talk ".into()))).await;
    let rows = grace.changes(&mut at).await;
    assert!(
        matches!(&rows[..], [Row::Room(room)] if room.name == "Talk"),
        "{rows:?}"
    );
    applied(&mut ada, set(RoomChange::Archived(true))).await;
    let rows = grace.changes(&mut at).await;
    assert!(
        matches!(&rows[..], [Row::Room(room)] if room.archived_at.is_some()),
        "{rows:?}"
    );
    refused(&mut grace, post(room, "late"), RejectionCode::RoomArchived).await;
    applied(&mut ada, set(RoomChange::Archived(false))).await;
    applied(&mut grace, post(room, "in time")).await;
    let bad = set(RoomChange::Topic("two\nlines".into()));
    refused(&mut ada, bad, RejectionCode::TopicInvalid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_room_is_one_whoever_opens_it() {
    let relay = relay_with(&["ada", "grace", "eve"]).await;
    let (ada_id, grace_id) = (id_of(&relay, "ada").await, id_of(&relay, "grace").await);
    let mut ada = Wire::hello(&relay, "ada").await;
    let mut grace = Wire::hello(&relay, "grace").await;
    let mut eve = Wire::hello(&relay, "eve").await;
    let room_id = direct_room_id([ada_id, grace_id]);
    let open = |with: UserId| Op::OpenDirect {
        room_id,
        with: vec![NamedUser {
            user_id: with,
            name: String::new(),
        }],
    };
    // Nobody else can take its id, nor get in.
    let create = Op::CreateRoom {
        room_id,
        name: "stolen".into(),
        topic: String::new(),
    };
    refused(&mut eve, create, RejectionCode::IdTaken).await;
    refused(&mut eve, open(grace_id), RejectionCode::DirectInvalid).await;
    applied(&mut ada, open(grace_id)).await;
    member_of(&mut grace, room_id).await;
    applied(&mut grace, open(ada_id)).await;
    refused(&mut eve, Op::Join { room_id }, RejectionCode::RoomNotFound).await;
    refused(&mut eve, post(room_id, "hi"), RejectionCode::RoomNotFound).await;
    let add = member(room_id, id_of(&relay, "eve").await, MemberChange::Invite);
    refused(&mut ada, add, RejectionCode::Forbidden).await;
    // One who has left is brought back by the other's opening it again.
    applied(&mut grace, Op::Leave { room_id }).await;
    applied(&mut ada, open(grace_id)).await;
    member_of(&mut grace, room_id).await;
    let nobody = UserId(Uuid::now_v7());
    let with_nobody = Op::OpenDirect {
        room_id: direct_room_id([ada_id, nobody]),
        with: vec![NamedUser {
            user_id: nobody,
            name: "x".into(),
        }],
    };
    refused(&mut ada, with_nobody, RejectionCode::PersonNotFound).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_not_left_without_an_owner() {
    let relay = relay_with(&["ada", "grace", "eve"]).await;
    let (ada_id, grace_id) = (id_of(&relay, "ada").await, id_of(&relay, "grace").await);
    let mut ada = Wire::hello(&relay, "ada").await;
    let mut grace = Wire::hello(&relay, "grace").await;
    let mut eve = Wire::hello(&relay, "eve").await;
    let room = ada.create_room("General").await;
    let leave = || Op::Leave { room_id: room };
    let own = |who| member(room, who, MemberChange::Role(Role::Owner));
    applied(&mut grace, Op::Join { room_id: room }).await;
    refused(&mut ada, leave(), RejectionCode::LastOwner).await;
    // With the office handed on in the same push it is fine; and whoever comes after it is the last one again.
    let push = ada.push(vec![own(grace_id), leave()]).await;
    let mut open: Vec<_> = push.clone();
    while !open.is_empty() {
        let answered = ada
            .until(|frame| match frame {
                RelayFrame::Outcomes { outcomes } => Some(outcomes),
                _ => None,
            })
            .await;
        for one in answered {
            assert!(matches!(one.outcome, Outcome::Applied { .. }), "{one:?}");
            open.retain(|op| *op != one.op_id);
        }
    }
    applied(&mut ada, Op::Join { room_id: room }).await;
    refused(&mut grace, leave(), RejectionCode::LastOwner).await;
    applied(&mut grace, own(ada_id)).await;
    applied(&mut eve, Op::Join { room_id: room }).await;
    // Two owners who leave at the same moment: one of them stays.
    let (first, second) = tokio::join!(answer(&mut ada, leave()), answer(&mut grace, leave()));
    let refused_ones = [&first, &second]
        .into_iter()
        .filter(|outcome| {
            matches!(
                outcome,
                Outcome::Rejected {
                    code: RejectionCode::LastOwner,
                    ..
                }
            )
        })
        .count();
    assert_eq!(refused_ones, 1, "{first:?} {second:?}");
    // Whoever is alone may go.
    let alone = eve.create_room("Alone").await;
    applied(&mut eve, Op::Leave { room_id: alone }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_are_run_from_the_command_line() {
    let relay = relay_with(&["ada", "grace"]).await;
    let home = Home::new();
    for name in ["ada", "grace"] {
        home.login(&relay, name);
    }
    let ada = |args: &[&str]| home.amend("ada", args);
    let grace = |args: &[&str]| home.amend("grace", args);
    for args in [
        ["rooms", "create", "General", "", ""],
        ["rooms", "invite", "General", "grace", ""],
        ["rooms", "rename", "General", "Talk", ""],
        ["rooms", "topic", "Talk", "What for", ""],
        ["rooms", "role", "Talk", "grace", "moderator"],
    ] {
        let args: Vec<&str> = args.into_iter().filter(|arg| !arg.is_empty()).collect();
        let _ = ada(&args);
    }
    assert!(grace(&["rooms"]).contains("Talk"));
    let _ = grace(&["rooms", "topic", "Talk", "Something else"]);
    let _ = ada(&["rooms", "remove", "Talk", "grace"]);
    assert!(!grace(&["rooms"]).contains("Talk"));
    let told = home.amend_fails("grace", &["rooms", "join", "Talk"], "");
    assert!(told.contains("invite"), "{told}");
    let told = home.amend_fails("ada", &["rooms", "invite", "Talk", "nobody"], "");
    assert!(told.contains("nobody"), "{told}");
    let room = grace(&["direct", "ada"]);
    let _ = grace(&["send", "ada", "between us"]);
    assert_eq!(ada(&["direct", "grace"]), room);
    assert!(ada(&["tail", "grace"]).contains("between us"));
}

/// Takes frames until the connection ends or the room is gone; how many messages came.
async fn messages_until_out(wire: &mut Wire, room: RoomId) -> usize {
    let mut count = 0;
    while let Some(frame) = wire.next().await {
        match frame {
            RelayFrame::Changes { rows, .. } => count += rows.len(),
            RelayFrame::Memberships { rooms } if !rooms.contains(&room) => break,
            _ => {}
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_put_out_while_catching_up_gets_no_further_page() {
    const MANY: usize = 40_000;
    let relay = relay_with(&["ada", "grace", "eve"]).await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut out = Vec::new();
    for name in ["grace", "eve"] {
        let mut wire = Wire::hello(&relay, name).await;
        wire.join(room).await;
        out.push(wire);
    }
    // Forty megabytes: more than any buffer on the way.
    let database = relay.database();
    database
        .sql(&format!(
            "SELECT set_config('amend.apply', 'on', false);
            INSERT INTO message (room_id, seq, position, author_id, body)
                SELECT id, last_seq + n, last_seq + n, created_by, repeat('x', 1000)
                FROM room, generate_series(1, {MANY}) AS n WHERE id = '{room}';
            UPDATE room SET last_seq = last_seq + {MANY} WHERE id = '{room}'"
        ))
        .await;
    for wire in &mut out {
        let after = Some(model::Seq(0));
        wire.send(&ClientFrame::Subscribe { room, after }).await;
        wire.until(|frame| matches!(frame, RelayFrame::Changes { more: true, .. }).then_some(()))
            .await;
    }
    // One is removed by plain SQL, the other's sessions are ended.
    database
        .sql("UPDATE member SET role = 'removed', left_at = now() WHERE name = 'grace'")
        .await;
    let _ = relay.host(&["user", "deactivate", "eve"]);
    for mut wire in out {
        let got = messages_until_out(&mut wire, room).await;
        assert!(got < MANY / 2, "{got} of {MANY} messages came");
    }
}
