//! Stopping: readiness first, then the sessions, each with what it has pushed answered and a time of its own to come back.

#![allow(clippy::unwrap_used)]

use model::wire::{ClientFrame, ErrorCode, OpOutcome, Outcome, RelayFrame, WireError};
use model::{Envelope, MessageId, Millis, Op, OpId, RoomId};
use std::collections::BTreeSet;
use system_tests::database::Database;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::wire::{self, Wire};
use uuid::Uuid;

fn get(url: &str) -> (u16, String) {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    match agent.get(url).call() {
        Ok(mut answer) => (
            answer.status().as_u16(),
            answer.body_mut().read_to_string().unwrap(),
        ),
        Err(error) => (0, error.to_string()),
    }
}

async fn drained_by(seconds: u32) -> (RelayProcess, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("drain_seconds = {seconds}\n")).unwrap();
    let relay = RelayProcess::configured_on(Database::create().await, file.path()).await;
    (relay, file)
}

fn posts(room_id: RoomId, count: usize) -> Vec<Envelope> {
    let one = || Op::Post {
        room_id,
        message_id: MessageId(Uuid::now_v7()),
        body: "hello".into(),
        reply_to: None,
        attachments: Vec::new(),
    };
    let envelope = |_| Envelope {
        op_id: OpId(Uuid::now_v7()),
        at: Millis(0),
        op: one(),
    };
    (0..count).map(envelope).collect()
}

/// Everything that comes until the relay closes: the outcomes, and its last word.
async fn rest(mut wire: Wire) -> (Vec<OpOutcome>, WireError) {
    let (mut all, mut last) = (Vec::new(), None);
    while let Some(frame) = wire.next().await {
        match frame {
            RelayFrame::Outcomes { outcomes } => {
                assert!(last.is_none(), "an outcome behind the goodbye");
                all.extend(outcomes);
            }
            RelayFrame::Error(error) => last = Some(error),
            _ => {}
        }
    }
    (all, last.expect("the relay says why it closes"))
}

async fn ends_well(relay: &mut RelayProcess) {
    let begun = std::time::Instant::now();
    loop {
        if let Some(status) = relay.ended() {
            return assert!(status.success(), "{status}");
        }
        assert!(begun.elapsed() < wait::DEADLINE, "it does not end");
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_that_it_is_not_ready_before_it_sends_anybody_away() {
    let (mut relay, _file) = drained_by(3).await;
    relay.add_user("ada");
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    relay.signal("TERM");
    let ready = format!("{}/readyz", relay.url());
    let told = async || get(&ready);
    wait::until("it is not ready", told, |(status, text)| {
        *status == 503 && text.contains("shutting_down")
    })
    .await;
    // Whoever the load balancer still sends is served.
    let mut late = Wire::hello(&relay, "ada").await;
    late.subscribe(room, None).await;
    ada.send(&ClientFrame::Push {
        ops: posts(room, 1),
    })
    .await;
    assert!(matches!(ada.outcome().await, Outcome::Applied { .. }));
    for wire in [ada, late] {
        let (_, why) = rest(wire).await;
        assert_eq!(why.code, ErrorCode::ShuttingDown);
        assert!(why.retry_after_ms >= Some(500));
    }
    ends_well(&mut relay).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pushed_is_answered_before_the_goodbye() {
    let mut relay = RelayProcess::start().await;
    relay.add_user("ada");
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    // The push is under way when the signal comes: the room is locked.
    let mut holder = relay.database().client().await;
    let held = holder.transaction().await.unwrap();
    let lock = "SELECT FROM room FOR UPDATE";
    held.execute(lock, &[]).await.unwrap();
    let ops = posts(room, 3);
    ada.send(&ClientFrame::Push { ops: ops.clone() }).await;
    let waiter = relay.database().client().await;
    let waits = async || -> i64 {
        let query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        waiter.query_one(query, &[]).await.unwrap().get(0)
    };
    wait::until("the push waits for the lock", waits, |count| *count > 0).await;
    relay.signal("TERM");
    let gone = async || get(&format!("{}/healthz", relay.url())).0;
    wait::until("nobody is taken any more", gone, |status| *status == 0).await;
    held.commit().await.unwrap();
    let (outcomes, why) = rest(ada).await;
    let keys: Vec<OpId> = outcomes.iter().map(|one| one.op_id).collect();
    let pushed: Vec<OpId> = ops.iter().map(|one| one.op_id).collect();
    assert_eq!(keys, pushed);
    assert_eq!(why.code, ErrorCode::ShuttingDown);
    ends_well(&mut relay).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_pushed_into_a_stop_is_applied_once() {
    let mut relay = RelayProcess::start().await;
    relay.add_user("ada");
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut pushed = Vec::new();
    for round in 0..3 {
        let ops = posts(room, 60);
        for some in ops.chunks(3) {
            ada.send(&ClientFrame::Push { ops: some.to_vec() }).await;
            if some[0].op_id == ops[30].op_id {
                relay.signal("TERM");
            }
        }
        let (outcomes, why) = rest(ada).await;
        assert_eq!(why.code, ErrorCode::ShuttingDown, "round {round}");
        let known: BTreeSet<OpId> = outcomes.iter().map(|one| one.op_id).collect();
        ends_well(&mut relay).await;
        relay.come_back().await;
        ada = Wire::hello(&relay, "ada").await;
        let again: Vec<Envelope> = ops
            .iter()
            .filter(|one| !known.contains(&one.op_id))
            .cloned()
            .collect();
        pushed.extend(ops);
        if again.is_empty() {
            continue;
        }
        let last = again[again.len() - 1].op_id;
        ada.send(&ClientFrame::Push { ops: again }).await;
        ada.until(|frame| match frame {
            RelayFrame::Outcomes { outcomes } => {
                let applied = |one: &OpOutcome| matches!(one.outcome, Outcome::Applied { .. });
                assert!(outcomes.iter().all(applied), "{outcomes:?}");
                outcomes.iter().any(|one| one.op_id == last).then_some(())
            }
            _ => None,
        })
        .await;
    }
    let client = relay.database().client().await;
    let query = "SELECT count(*), count(DISTINCT position) FROM message";
    let row = client.query_one(query, &[]).await.unwrap();
    let count = i64::try_from(pushed.len()).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (count, count));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_told_to_come_back_at_different_times() {
    let mut relay = RelayProcess::start().await;
    relay.add_user("ada");
    let token = wire::token(&relay.url(), "ada");
    let mut wires = Vec::new();
    for _ in 0..40 {
        wires.push(Wire::hello_with(&relay.url(), &token).await);
    }
    relay.signal("INT");
    let mut times = BTreeSet::new();
    for wire in wires {
        times.insert(rest(wire).await.1.retry_after_ms.unwrap());
    }
    assert!(times.len() > 35, "{times:?}");
    let (first, last) = (times.first().unwrap(), times.last().unwrap());
    assert!(last - first > 800 && *last <= 1500, "{times:?}");
    ends_well(&mut relay).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let (mut relay, _file) = drained_by(3600).await;
    relay.add_user("ada");
    let ada = Wire::hello(&relay, "ada").await;
    relay.signal("TERM");
    let ready = format!("{}/readyz", relay.url());
    wait::until(
        "it is not ready",
        async || get(&ready).0,
        |status| *status == 503,
    )
    .await;
    relay.signal("TERM");
    ends_well(&mut relay).await;
    drop(ada);
}
